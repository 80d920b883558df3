/** The contract of the customers' API, as types. */
import type { PasskeyOptions } from "../lib/passkey";

export interface Session {
  customer: { id: string; name: string; email: string };
  csrf_token: string;
  expires_at: string;
  is_demo: boolean;
}
export interface Pending {
  pending: string;
  wants: "totp" | "mail_code";
}
export interface Ceremony {
  ceremony: string;
  options: PasskeyOptions;
}
export interface Work {
  challenge: string;
  bits: number;
}

export interface Setting<T> {
  value: T;
  waiting: { value: T; from: string } | null;
}
export interface Settings {
  book_only: Setting<boolean>;
  cooldown_s: Setting<number>;
  daily_limit_cents: Setting<number>;
  delay_s: Setting<number>;
  lock_s: Setting<number>;
}
export type SettingName = keyof Settings;

export type HoldCause = "credential" | "contact" | "recovery" | "unfreeze" | "risk" | "staff";
export interface Hold {
  cause: HoldCause;
  until: string;
  sentence: string;
}
export interface Passkey {
  id: string;
  name: string;
  created_at: string;
  last_used_at: string | null;
  is_synced: boolean;
  is_duress: false;
}
export interface Credentials {
  has_password: boolean;
  has_totp: boolean;
  recovery_codes_left: number;
  passkeys: Passkey[];
}
export interface ScorePart {
  code: string;
  points: number;
  of: number;
  sentence: string;
  action: string | null;
}
export type Factor = "passkey" | "password" | "totp" | "mailbox";
export interface Account {
  id: string;
  name: string;
  email: string;
  phone: string | null;
  anti_phishing_code: string | null;
  is_frozen: boolean;
  call: { since: string; purpose: string } | null;
  holds: Hold[];
  recovery: { ripe_at: string; evidence: string[] } | null;
  settings: Settings;
  waits: {
    cooldown_min_s: number;
    lock_min_s: number;
    lock_max_s: number;
    loosen_s: Record<SettingName, number>;
  };
  credentials: Credentials;
  confirm_with: Factor[];
  score: { points: number; of: number; parts: ScorePart[] };
}

export interface BookAddress {
  network: string;
  network_name: string;
  address: string;
  label: string;
  added_at: string;
  usable_from: string;
  is_usable: boolean;
}
export interface CheckedAddress {
  network: string;
  network_name: string;
  address: string;
  is_known: boolean;
  looks_like: { address: string; label: string } | null;
  screening: { level: Level; sentence: string | null };
  not_checked: string[];
}
export type Level = "allow" | "challenge" | "hold" | "deny";
export interface Network {
  id: string;
  name: string;
  symbol: string;
}
export interface Asset {
  network: string;
  asset: string;
  symbol: string;
  decimals: number;
  price_cents: number | null;
  price_at: string | null;
}
export interface SessionRow {
  id: string;
  device: string;
  ip: string;
  place: string | null;
  created_at: string;
  last_seen_at: string;
  is_current: boolean;
}
export interface Device {
  id: string;
  name: string;
  first_seen_at: string;
  last_seen_at: string;
  last_ip: string;
  is_current: boolean;
}
export type Scope = "read" | "withdraw";
export interface Key {
  id: string;
  name: string;
  public_key: string;
  scopes: Scope[];
  ips: string[];
  created_at: string;
  last_used_at: string | null;
  is_revoked: boolean;
  withdraw_until: string | null;
}
export interface AccountEvent {
  seq: number;
  at: string;
  kind: string;
  sentence: string;
  by: "you" | "a link" | "staff" | "the exchange" | "time";
  device: string | null;
  ip: string | null;
  journal_index: number | null;
}

export type SettingChange = {
  [Name in SettingName]: Record<Name, Settings[Name]["value"]>;
}[SettingName];
export type Command =
  | { do: "add_address"; network: string; address: string; label: string }
  | { do: "remove_address"; network: string; address: string }
  | { do: "change_setting"; setting: SettingChange }
  | { do: "set_password"; password: string }
  | { do: "begin_totp" }
  | { do: "set_totp"; code: string }
  | { do: "remove_totp" }
  | { do: "begin_passkey" }
  | { do: "add_passkey"; name: string; ceremony: string; response: unknown; is_duress?: boolean }
  | { do: "rename_passkey"; id: string; name: string }
  | { do: "remove_passkey"; id: string }
  | { do: "new_recovery_codes" }
  | { do: "change_email"; email: string }
  | { do: "set_anti_phishing_code"; code: string }
  | { do: "freeze" }
  | { do: "unfreeze" }
  | { do: "stop_recovery" }
  | { do: "end_session"; id: string }
  | { do: "end_other_sessions" }
  | { do: "forget_device"; id: string }
  | { do: "add_key"; name: string; public_key: string; scopes: Scope[]; ips: string[] }
  | { do: "remove_key"; id: string };

export type Secret =
  | { kind: "totp"; uri: string; seed_text: string }
  | { kind: "passkey"; ceremony: string; options: PasskeyOptions }
  | { kind: "recovery_codes"; codes: string[] };
export interface Done {
  account: Account;
  done: string;
  secret?: Secret;
}

/** What the server wants before it does what could hurt. */
export interface Asked {
  wanted: Factor[];
  ceremony: string | null;
  options: PasskeyOptions | null;
}
export type Confirmation =
  | { ceremony: string; response: unknown }
  | { password?: string; totp?: string; mail_code?: string };

export type WithdrawalState =
  | "requested"
  | "challenged"
  | "held"
  | "approved"
  | "released"
  | "cancelled"
  | "denied"
  | "expired";
export interface WithdrawalReason {
  code: string;
  sentence: string;
  remedy: string | null;
  evidence: { name: string; value: string }[];
}
export interface Interview {
  kind: string;
  questions: { id: string; text: string; answers: { id: string; text: string }[] }[];
  pause: string;
}
export interface Withdrawal {
  id: string;
  request_id: string;
  network: string;
  network_name: string;
  asset: string;
  symbol: string;
  decimals: number;
  amount: string;
  value_cents: number | null;
  to: string;
  to_label: string | null;
  state: WithdrawalState;
  asked_at: string;
  changed_at: string;
  not_before: string | null;
  expires_at: string | null;
  level: Level;
  reasons: WithdrawalReason[];
  what_to_do: string;
  not_checked: string[];
  confirm:
    | (Asked & {
        intent: { asset: string; amount: string; to: string; network: string; nonce: string };
      })
    | null;
  interview: Interview | null;
  receipt: { journal_index: number; leaf_hash: string } | null;
  by: "session" | "key";
}
export interface Noticed {
  verdict: "ours" | "damaged" | "not_ours";
  notice?: { kind: string; at: string };
  sentence: string;
}
