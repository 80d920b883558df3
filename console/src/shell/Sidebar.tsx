import { api } from "../api/endpoints";
import { useStream } from "../api/stream";
import { count } from "../lib/amount";
import { ROLE_WORDS } from "../lib/words";
import { Icon, Mark } from "../parts/Icon";
import { Menu, MenuItem } from "../parts/Menu";
import { Link, useLocation } from "./router";
import { NAV } from "./routes";
import { useSession } from "./session";
import { ThemeChoice } from "./ThemeChoice";

/** A path such as /decisions/7 belongs to the item that people come from. */
function isHere(to: string, path: string): boolean {
  if (to === "/live") return path === "/" || path === "/live" || path.startsWith("/decisions");
  return path === to || path.startsWith(`${to}/`);
}

function Connection() {
  const { isOpen, tick } = useStream();
  return (
    <div className="connection small">
      <span className={`dot${isOpen ? " is-on" : ""}`} aria-hidden="true" />
      {isOpen ? "Connected" : "No live data"}
      {tick && <span className="muted">{count(tick.per_s)}/s</span>}
    </div>
  );
}

function Person() {
  const { user } = useSession();
  const signOut = async () => {
    await api.signOut();
    // A new document: nothing that this person saw stays for the next one.
    window.location.replace("/");
  };
  return (
    <Menu
      className="person"
      label={
        <>
          <Icon name="person" size={14} />
          <span className="clip">{user.name}</span>
        </>
      }
    >
      {() => (
        <>
          <div className="menu-title">{ROLE_WORDS[user.role]}</div>
          <MenuItem onChoose={() => void signOut()}>
            <Icon name="signout" size={12} /> Sign out
          </MenuItem>
        </>
      )}
    </Menu>
  );
}

export function Sidebar({ onSearch, onKeys }: { onSearch: () => void; onKeys: () => void }) {
  const { path } = useLocation();
  const { tick } = useStream();
  const { is_demo } = useSession();
  return (
    <nav className="sidebar" aria-label="Pages">
      <Link to="/live" className="brand">
        <Mark /> Ringfence
        {is_demo && (
          <span className="tag" title="The market is simulated: no payment here is real.">
            demo
          </span>
        )}
      </Link>
      <button type="button" className="search-button" onClick={onSearch}>
        <Icon name="search" size={14} />
        <span className="grow">Search</span>
        <kbd>Ctrl K</kbd>
      </button>
      <ul className="nav">
        {NAV.map((item) => (
          <li key={item.to}>
            <Link
              to={item.to}
              className="nav-item"
              aria-current={isHere(item.to, path) ? "page" : undefined}
            >
              <Icon name={item.icon} />
              <span className="grow">{item.label}</span>
              {item.to === "/alerts" && tick && tick.open_alerts > 0 && (
                <span className="nav-count" title="Open alerts">
                  {count(tick.open_alerts)}
                </span>
              )}
            </Link>
          </li>
        ))}
      </ul>
      <div className="sidebar-foot">
        <Connection />
        <div className="row">
          <ThemeChoice />
          <button type="button" className="button quiet" onClick={onKeys} title="Show keys">
            <kbd>?</kbd>
          </button>
        </div>
        <Person />
      </div>
    </nav>
  );
}
