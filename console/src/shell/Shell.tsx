/** The frame around every page: navigation, palette, keys, the state of the connection. */
import { Suspense, useEffect, useRef, useState } from "react";
import { useStream } from "../api/stream";
import { Icon, Mark } from "../parts/Icon";
import { Skeleton, Stale } from "../parts/States";
import { useNow } from "../parts/Time";
import { Toasts } from "../parts/Toast";
import { ErrorBoundary } from "./ErrorBoundary";
import { useKeys } from "./keys";
import { KeysHelp } from "./KeysHelp";
import { Palette } from "./Palette";
import { Link, matchPath, navigate, ParamsContext, useLocation } from "./router";
import { NAV, ROUTES } from "./routes";
import { Sidebar } from "./Sidebar";
import { toggleTheme } from "./theme";

/** Ticks come every second; silence longer than this is worth a line. */
const SILENCE_MS = 8_000;

function Silence() {
  const { heardAt, startedAt, isOpen } = useStream();
  const now = useNow();
  const since = heardAt ?? startedAt;
  if (now - since < SILENCE_MS) return null;
  const why = isOpen
    ? "The server sends no live data."
    : "There is no live connection; it is being opened again.";
  return <Stale at={since} why={why} />;
}

function Page() {
  const { path, isReturn } = useLocation();
  const main = useRef<HTMLElement>(null);
  const found = ROUTES.flatMap((route) => {
    const params = matchPath(route.path, path);
    return params ? [{ route, params }] : [];
  })[0];
  const title = found?.route.title ?? "Not found";
  // An alert opening beside its queue is not a new page.
  const pageKey = path.split("/")[1] === "alerts" ? "/alerts" : path;
  useEffect(() => {
    document.title = `${title} · Ringfence`;
  }, [title, path]);
  useEffect(() => {
    if (!isReturn) main.current?.scrollTo(0, 0);
    // Keyboards and screen readers go on in the new page, unless it took the focus itself.
    if (!main.current?.contains(document.activeElement)) {
      main.current?.focus({ preventScroll: true });
    }
  }, [pageKey, isReturn]);
  return (
    <main className="main" id="main" ref={main} tabIndex={-1}>
      <Silence />
      {found ? (
        <ParamsContext value={found.params}>
          <ErrorBoundary key={pageKey}>
            <Suspense fallback={<Skeleton lines={12} />}>
              <found.route.page />
            </Suspense>
          </ErrorBoundary>
        </ParamsContext>
      ) : (
        <div className="empty">
          <h1>There is no page here</h1>
          <p className="muted">
            Press <kbd>Ctrl K</kbd> and type what you look for: a page, an address, a transaction.
          </p>
        </div>
      )}
    </main>
  );
}

export function Shell() {
  const [overlay, setOverlay] = useState<"palette" | "keys" | "nav" | null>(null);
  const { path } = useLocation();
  useEffect(() => setOverlay((now) => (now === "nav" ? null : now)), [path]);
  useKeys([
    {
      keys: "mod+k",
      label: "Command palette",
      group: "Everywhere",
      everywhere: true,
      run: () => setOverlay((now) => (now === "palette" ? null : "palette")),
    },
    {
      keys: "/",
      label: "Search",
      group: "Everywhere",
      run: () => setOverlay("palette"),
    },
    { keys: "?", label: "Show keys", group: "Everywhere", run: () => setOverlay("keys") },
    { keys: "g m", label: "Light or dark", group: "Everywhere", run: toggleTheme },
    ...NAV.map(({ to, label, key }) => ({
      keys: `g ${key}`,
      label,
      group: "Go to",
      run: () => navigate(to),
    })),
  ]);
  return (
    <div className={`shell${overlay === "nav" ? " is-nav-open" : ""}`}>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <header className="topbar">
        <button
          type="button"
          className="icon-button"
          aria-label="Navigation"
          aria-expanded={overlay === "nav"}
          onClick={() => setOverlay(overlay === "nav" ? null : "nav")}
        >
          <Icon name="menu" />
        </button>
        <Link to="/live" className="brand">
          <Mark /> Ringfence
        </Link>
        <button
          type="button"
          className="icon-button"
          aria-label="Search"
          onClick={() => setOverlay("palette")}
        >
          <Icon name="search" />
        </button>
      </header>
      <Sidebar onSearch={() => setOverlay("palette")} onKeys={() => setOverlay("keys")} />
      <div className="scrim" onClick={() => setOverlay(null)} />
      <Page />
      {overlay === "palette" && (
        <Palette onClose={() => setOverlay(null)} onKeys={() => setOverlay("keys")} />
      )}
      {overlay === "keys" && <KeysHelp onClose={() => setOverlay(null)} />}
      <Toasts />
    </div>
  );
}
