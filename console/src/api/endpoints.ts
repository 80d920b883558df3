/** The server's endpoints by name, one line each. */
import type { PasskeyOptions } from "../lib/passkey";
import { get, patch, post, remove, type Query } from "./client";
import type { CustomerView, FoundCustomer, StaffPasskey } from "./customers";
import type {
  Activity,
  AddressProfile,
  Alert,
  AlertDetail,
  AlertsChanged,
  ApiKey,
  Backtest,
  Decision,
  DecisionDetail,
  Fact,
  Graph,
  IntelLists,
  JournalHead,
  Outcome,
  Page,
  PathStep,
  Receipt,
  Rescoring,
  Role,
  RuleCheck,
  RuleVersion,
  RuleVersionDetail,
  SearchResults,
  Session,
  Similar,
  System,
  User,
} from "./model";

export interface AlertAction {
  ids: number[];
  action: "assign" | "release" | "close" | "reopen" | "note";
  assignee?: number;
  outcome?: Outcome;
  note?: string;
}
export interface Ceremony {
  ceremony: string;
  options: PasskeyOptions;
}
export interface SignInLink {
  sign_in_path: string;
  expires_at: string;
}

const at = (network: string, address: string) =>
  `/v1/addresses/${encodeURIComponent(network)}/${encodeURIComponent(address)}`;

const customer = (id: string) => `/v1/customers/${encodeURIComponent(id)}`;

export const api = {
  session: () => get<Session>("/v1/session"),
  signIn: (token: string, name?: string) =>
    post<Session>("/v1/session", name ? { token, name } : { token }),
  signOut: () => remove("/v1/session"),
  users: () => get<Page<User>>("/v1/users", { limit: 500 }),
  addUser: (name: string, role: Role) =>
    post<SignInLink & { user: User }>("/v1/users", { name, role }),
  linkUser: (id: number) => post<SignInLink>(`/v1/users/${id}/link`),
  changeUser: (id: number, change: { role?: Role; is_disabled?: boolean }) =>
    patch<User>(`/v1/users/${id}`, change),
  apiKeys: () => get<Page<ApiKey>>("/v1/api-keys", { limit: 500 }),
  addApiKey: (name: string, scopes: ApiKey["scopes"]) =>
    post<{ key: ApiKey; secret: string }>("/v1/api-keys", { name, scopes }),
  revokeApiKey: (id: number) => remove(`/v1/api-keys/${id}`),

  decisions: (query: Query) => get<Page<Decision>>("/v1/decisions", query),
  decision: (index: number) => get<DecisionDetail>(`/v1/decisions/${index}`),
  receipt: (index: number) => get<Receipt>(`/v1/decisions/${index}/receipt`),

  address: (network: string, address: string) => get<AddressProfile>(at(network, address)),
  addressDecisions: (network: string, address: string, query: Query) =>
    get<Page<Decision>>(`${at(network, address)}/decisions`, query),
  graph: (network: string, address: string, limit: number) =>
    get<Graph>(`${at(network, address)}/graph`, { limit }),
  path: (network: string, address: string, category: string, direction: "received" | "sent") =>
    get<{ steps: PathStep[] }>(`${at(network, address)}/path`, { category, direction }),
  activity: (network: string, address: string) => get<Activity>(`${at(network, address)}/activity`),
  similar: (network: string, address: string) => get<Similar>(`${at(network, address)}/similar`),
  search: (q: string) => get<SearchResults>("/v1/search", { q }),

  alerts: (query: Query) => get<Page<Alert> & { total: number }>("/v1/alerts", query),
  alert: (id: number) => get<AlertDetail>(`/v1/alerts/${id}`),
  actOnAlerts: (action: AlertAction) => post<AlertsChanged>("/v1/alerts/actions", action),
  undoAlerts: (undo: string) => post<{ changed: Alert[] }>("/v1/alerts/undo", { undo }),

  lists: () => get<IntelLists>("/v1/intel/lists"),
  syncLists: () => post<unknown>("/v1/intel/sync"),
  rescoring: () => get<Rescoring>("/v1/rescoring"),
  startRescoring: () => post<Rescoring>("/v1/rescoring"),

  rules: () => get<{ items: RuleVersion[] }>("/v1/rules"),
  rule: (version: number) => get<RuleVersionDetail>(`/v1/rules/${version}`),
  checkRules: (text: string) => post<RuleCheck>("/v1/rules/check", { text }),
  backtestRules: (text: string) => post<Backtest>("/v1/rules/backtest", { text }),
  draftRules: (text: string, note: string) => post<RuleVersionDetail>("/v1/rules", { text, note }),
  publishRules: (version: number) => post<RuleVersion>(`/v1/rules/${version}/publish`),
  discardRules: (version: number) => remove(`/v1/rules/${version}`),
  facts: () => get<{ items: Fact[] }>("/v1/facts"),

  findCustomer: (who: { email: string } | { id: string }) =>
    post<FoundCustomer>("/v1/customers/find", who),
  viewCustomer: (id: string, alert_id: number, reason: string) =>
    post<CustomerView>(`${customer(id)}/views`, { alert_id, reason }),
  holdCustomer: (id: string, hours: number, reason: string) =>
    post<unknown>(`${customer(id)}/holds`, { hours, reason }),
  freezeCustomer: (id: string, reason: string) =>
    post<unknown>(`${customer(id)}/freeze`, { reason }),
  callCustomer: (id: string, purpose: string | null) =>
    post<unknown>(`${customer(id)}/call`, { purpose }),

  beginPasskeySignIn: () => post<Ceremony>("/v1/session/passkey/begin"),
  signInWithPasskey: (ceremony: string, response: unknown) =>
    post<Session>("/v1/session/passkey", { ceremony, response }),
  passkeys: () => get<Page<StaffPasskey>>("/v1/me/passkeys"),
  beginPasskey: () => post<Ceremony>("/v1/me/passkeys/begin"),
  addPasskey: (name: string, ceremony: string, response: unknown) =>
    post<StaffPasskey>("/v1/me/passkeys", { name, ceremony, response }),
  removePasskey: (id: string) => remove(`/v1/me/passkeys/${encodeURIComponent(id)}`),

  journal: () => get<JournalHead>("/v1/journal"),
  system: () => get<System>("/v1/system"),
};
