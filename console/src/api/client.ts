/**
 * Requests to the server: one place for the session's CSRF token, problems (RFC 9457) and lost
 * connections.
 */
import type { Problem } from "./model";

export type Query = Record<string, string | number | readonly string[] | null | undefined>;

/** What went wrong, with the id that the server's log knows it by. */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
    this.name = "ApiError";
  }

  get status(): number {
    return this.problem.status;
  }
}

let csrfToken = "";
let onSignedOut: (problem: Problem) => void = () => {};

/** Unsafe requests carry the session's token, so that another site cannot make them. */
export function setCsrfToken(token: string): void {
  csrfToken = token;
}

/** Called when the server no longer knows the session. */
export function setOnSignedOut(listener: (problem: Problem) => void): void {
  onSignedOut = listener;
}

export function queryString(query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === "") continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  const text = search.toString();
  return text ? `?${text}` : "";
}

async function problemOf(response: Response): Promise<Problem> {
  const known = await response.json().catch(() => null);
  if (known && typeof known === "object" && "title" in known) return known as Problem;
  return {
    type: "about:blank",
    title: response.statusText || "The server refused",
    status: response.status,
    code: "http",
    detail: `The server answered ${response.status} without saying why.`,
    id: response.headers.get("x-request-id") ?? "",
  };
}

async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (method !== "GET") headers["x-csrf-token"] = csrfToken;
  if (body !== undefined) headers["content-type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new ApiError({
      type: "about:blank",
      title: "The server cannot be reached",
      status: 0,
      code: "offline",
      detail: "Nothing was changed. Check that the server runs, then try again.",
      id: "",
    });
  }
  if (!response.ok) {
    const problem = await problemOf(response);
    if (response.status === 401 && !path.startsWith("/v1/session")) onSignedOut(problem);
    throw new ApiError(problem);
  }
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export const get = <T>(path: string, query?: Query) => request<T>("GET", path + queryString(query));
export const post = <T>(path: string, body?: unknown) => request<T>("POST", path, body);
export const patch = <T>(path: string, body: unknown) => request<T>("PATCH", path, body);
export const remove = (path: string) => request<void>("DELETE", path);
