/** The customers' endpoints by name, one line each. */
import { get, post, remove } from "../api/client";
import type { Page } from "../api/model";
import type {
  Account,
  AccountEvent,
  Asset,
  BookAddress,
  Ceremony,
  CheckedAddress,
  Command,
  Confirmation,
  Device,
  Done,
  Key,
  Network,
  Noticed,
  Pending,
  Session,
  SessionRow,
  Withdrawal,
} from "./model";

export type SignIn =
  | { kind: "passkey"; ceremony: string; response: unknown }
  | {
      kind: "password";
      email: string;
      password: string;
      work?: { challenge: string; answer: string };
    }
  | { kind: "second"; pending: string; code: string };
export type Method =
  | { kind: "password"; password: string }
  | { kind: "passkey"; ceremony: string; response: unknown; passkey_name: string };
export interface NewWithdrawal {
  request_id: string;
  network: string;
  asset: string;
  amount: string;
  to: string;
}
interface Finish {
  email: string;
  mail_code: string;
  ceremony: string;
  response: unknown;
  passkey_name: string;
}

const withdrawal = (id: string) => `/v1/withdrawals/${encodeURIComponent(id)}`;

export const api = {
  signUp: (email: string) => post<object>("/v1/my/sign-up", { email }),
  enrolBegin: (token: string, name: string) =>
    post<Ceremony>("/v1/my/enrol/begin", { token, name }),
  enrol: (token: string, name: string, method: Method) =>
    post<Session>("/v1/my/enrol", { token, name, method }),
  signInBegin: () => post<Ceremony>("/v1/my/sign-in/begin"),
  signIn: (how: SignIn) => post<Session | Pending>("/v1/my/session", how),
  session: () => get<Session>("/v1/my/session"),
  signOut: () => remove("/v1/my/session"),
  recoveryMail: (email: string) => post<object>("/v1/my/recovery/mail", { email }),
  recover: (email: string, mail_code: string, recovery_code: string) =>
    post<{ ripe_at: string }>("/v1/my/recovery", { email, mail_code, recovery_code }),
  recoverFinishBegin: (email: string, mail_code: string) =>
    post<Ceremony>("/v1/my/recovery/finish/begin", { email, mail_code }),
  recoverFinish: (finish: Finish) => post<object>("/v1/my/recovery/finish", finish),
  checkNotice: (text: string) => post<Noticed>("/v1/notices/check", { text }),

  account: () => get<Account>("/v1/my/account"),
  addresses: () => get<Page<BookAddress>>("/v1/my/addresses"),
  checkAddress: (network: string, address: string) =>
    post<CheckedAddress>("/v1/my/addresses/check", { network, address }),
  networks: () => get<Network[]>("/v1/my/networks"),
  assets: () => get<Asset[]>("/v1/my/assets"),
  sessions: () => get<Page<SessionRow>>("/v1/my/sessions"),
  devices: () => get<Page<Device>>("/v1/my/devices"),
  keys: () => get<Page<Key>>("/v1/my/keys"),
  events: (cursor: string | null) => get<Page<AccountEvent>>("/v1/my/events", { cursor }),
  command: (command: Command, confirmation?: Confirmation) =>
    post<Done>("/v1/my/commands", confirmation ? { command, confirmation } : { command }),

  withdrawals: (cursor: string | null) => get<Page<Withdrawal>>("/v1/withdrawals", { cursor }),
  withdrawal: (id: string) => get<Withdrawal>(withdrawal(id)),
  withdraw: (request: NewWithdrawal) => post<Withdrawal>("/v1/withdrawals", request),
  confirmWithdrawal: (id: string, confirmation: Confirmation) =>
    post<Withdrawal>(`${withdrawal(id)}/confirm`, { confirmation }),
  answer: (id: string, answers: Record<string, string>) =>
    post<Withdrawal>(`${withdrawal(id)}/answers`, { answers }),
  cancel: (id: string) => post<Withdrawal>(`${withdrawal(id)}/cancel`, {}),
};
