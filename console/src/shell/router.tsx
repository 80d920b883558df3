/**
 * History paths without a library: a handful of routes, typed by their parameters' names, each
 * loaded when first needed.
 */
import {
  createContext,
  use,
  useSyncExternalStore,
  type AnchorHTMLAttributes,
  type ComponentType,
  type MouseEvent,
} from "react";

export interface Location {
  path: string;
  search: string;
  /** True when this place was reached with the browser's back or forward. */
  isReturn: boolean;
}

const watchers = new Set<() => void>();
let location: Location = read(false);

function read(isReturn: boolean): Location {
  return { path: window.location.pathname, search: window.location.search, isReturn };
}

function announce(isReturn: boolean): void {
  location = read(isReturn);
  for (const watch of watchers) watch();
}

window.addEventListener("popstate", () => announce(true));

/** Goes to a path of the console; `replace` for what back should not return to. */
export function navigate(to: string, { replace = false } = {}): void {
  if (replace) window.history.replaceState(null, "", to);
  else window.history.pushState(null, "", to);
  announce(false);
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export const useLocation = (): Location => useSyncExternalStore(watch, () => location);

export type Params = Record<string, string>;

export interface Route {
  /** A path whose parts may be `:named`. */
  path: string;
  title: string;
  /** Starts loading the page's code; called on hover so that a click finds it there. */
  load: () => Promise<unknown>;
  page: ComponentType;
}

/** The parameters of a path that fits the pattern, or null. */
export function matchPath(pattern: string, path: string): Params | null {
  const wanted = pattern.split("/").filter(Boolean);
  const given = path.split("/").filter(Boolean);
  if (wanted.length !== given.length) return null;
  const params: Params = {};
  for (const [at, part] of wanted.entries()) {
    const value = given[at] as string;
    if (part.startsWith(":")) {
      try {
        params[part.slice(1)] = decodeURIComponent(value);
      } catch {
        return null;
      }
    } else if (part !== value) return null;
  }
  return params;
}

export const ParamsContext = createContext<Params>({});

/** A parameter of the current route. */
export function useParam(name: string): string {
  return use(ParamsContext)[name] ?? "";
}

let routes: readonly Route[] = [];
export function setRoutes(all: readonly Route[]): void {
  routes = all;
}

function preload(to: string): void {
  const path = to.split("?")[0] ?? to;
  void routes.find((route) => matchPath(route.path, path))?.load();
}

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & { to: string };

/** A link that stays in the page; clicks with a modifier go to the browser as always. */
export function Link({ to, onClick, ...rest }: LinkProps) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return (
    <a
      {...rest}
      href={to}
      onClick={follow}
      onPointerEnter={() => preload(to)}
      onFocus={() => preload(to)}
    />
  );
}
