import {
  Component,
  lazy,
  Suspense,
  useCallback,
  useRef,
  type ComponentType,
  type ReactNode,
} from "react";
import { Icon, Mark, type IconName } from "../parts/Icon";
import { Skeleton } from "../parts/States";
import { Toasts } from "../parts/Toast";
import { ThemeChoice } from "../shell/ThemeChoice";
import { api } from "./api";
import { ConfirmProvider } from "./Confirm";
import { Home } from "./home/Home";
import type { Account, Session } from "./model";
import { Refused } from "./parts/Refused";
import { useEvery, useResource } from "./resource";
import { href, parseRoute, useHash, type PageName, type Route } from "./route";
import { SECTIONS } from "./sections";
import { ACCOUNT, AccountContext, loadSession, signOut, useKnown } from "./session";
import { SignIn } from "./welcome/SignIn";

type Lazy = ComponentType;
const open: Partial<Record<PageName, Lazy>> = {
  "sign-up": lazy(() => import("./welcome/SignUp")),
  recover: lazy(() => import("./welcome/Recover")),
  enrol: lazy(() => import("./welcome/Enrol")),
};
const CheckNotice = lazy(() => import("./records/CheckNotice"));
const inside: Partial<Record<PageName, Lazy>> = {
  home: Home,
  access: lazy(() => import("./access/Access")),
  devices: lazy(() => import("./access/Devices")),
  book: lazy(() => import("./book/Book")),
  limits: lazy(() => import("./limits/Limits")),
  withdraw: lazy(() => import("./withdraw/Withdraw")),
  withdrawals: lazy(() => import("./withdraw/Withdrawals")),
  keys: lazy(() => import("./access/Keys")),
  notices: lazy(() => import("./records/Notices")),
  timeline: lazy(() => import("./records/Timeline")),
};

/** The account is looked at again so often while the page is seen. */
const LOOK_MS = 30_000;

export function Site() {
  const route = parseRoute(useHash());
  const known = useKnown();
  const main = useRef<HTMLElement>(null);
  const session = known.kind === "in" ? known.session : null;
  const hasNav = session !== null && !(route.page in open);
  return (
    <div className={`frame${hasNav ? " has-nav" : ""}`}>
      <button type="button" className="skip button" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <Head session={session} />
      {hasNav && <Nav here={route.page} />}
      <main ref={main} tabIndex={-1}>
        <Boundary key={window.location.hash.split("?")[0] ?? ""}>
          <Suspense fallback={<Skeleton lines={6} height={20} />}>
            <View route={route} />
          </Suspense>
        </Boundary>
      </main>
      <footer className="site-foot small muted">
        <span>We never call and ask for a code, a password, or that you move money.</span>
        <span className="row">
          Made with Ringfence, which is open source. <ThemeChoice />
        </span>
      </footer>
      <Toasts />
    </div>
  );
}

function Head({ session }: { session: Session | null }) {
  return (
    <header className="site-head">
      <a className="brand" href={href("home")}>
        <Mark size={20} />
        <span>
          <strong>Security centre</strong>
          {session?.is_demo && (
            <span className="tag" title="Nothing here is real: no money moves.">
              demo
            </span>
          )}
        </span>
      </a>
      {session && (
        <span className="row who">
          <span className="muted clip">{session.customer.name}</span>
          <button type="button" className="button quiet" onClick={() => void signOut()}>
            Sign out
          </button>
        </span>
      )}
    </header>
  );
}

function Nav({ here }: { here: Route["page"] }) {
  const link = (page: PageName, label: string, icon: IconName) => (
    <li key={page}>
      <a href={href(page)} aria-current={page === here ? "page" : undefined}>
        <Icon name={icon} /> {label}
      </a>
    </li>
  );
  return (
    <nav className="sections" aria-label="Pages">
      <ul>
        {link("home", "Overview", "home")}
        {SECTIONS.map(({ page, label, icon }) => link(page, label, icon))}
      </ul>
    </nav>
  );
}

function View({ route }: { route: Route }) {
  const known = useKnown();
  const Open = route.page === "unknown" ? undefined : open[route.page];
  if (Open) return <Open />;
  switch (known.kind) {
    case "loading":
      return <Skeleton lines={6} height={20} />;
    case "failed":
      return <Refused error={known.error} again={() => void loadSession()} />;
    case "out":
      // Whoever got a strange message may not be able, or willing, to sign in.
      return route.page === "notices" ? <CheckNotice /> : <SignIn />;
    case "in":
      return <Inside route={route} />;
  }
}

function Inside({ route }: { route: Route }) {
  const account = useResource<Account>(ACCOUNT, api.account);
  useEvery(
    useCallback(() => account.again(), [account.again]),
    LOOK_MS,
  );
  if (account.data === undefined) {
    return account.error ? (
      <Refused error={account.error} again={account.again} />
    ) : (
      <Skeleton lines={8} height={20} />
    );
  }
  const page = route.page === "sign-in" ? "home" : route.page;
  const Page = page === "unknown" ? undefined : inside[page];
  return (
    <AccountContext value={account.data}>
      <ConfirmProvider account={account.data}>
        {Boolean(account.error) && <Refused error={account.error} again={account.again} />}
        {Page ? (
          <Page />
        ) : (
          <>
            <h1>There is no page here</h1>
            <p>
              <a className="link" href={href("home")}>
                Go to the overview
              </a>
            </p>
          </>
        )}
      </ConfirmProvider>
    </AccountContext>
  );
}

/** A fault of one page leaves the frame standing. */
class Boundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: null as unknown };
  static getDerivedStateFromError(error: unknown) {
    return { error };
  }
  override render() {
    return this.state.error === null ? this.props.children : <Refused error={this.state.error} />;
  }
}
