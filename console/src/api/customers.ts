/** What staff may see of a customer: masked, for a case, and for a short time. */
import type { Reason } from "./model";

export interface FoundCustomer {
  id: string;
  email_masked: string;
  state: "active" | "frozen" | "held";
  created_at: string;
}
export interface CustomerHold {
  cause: string;
  until: string;
  sentence: string;
}
interface Setting<T> {
  value: T;
  waiting: { value: T; from: string } | null;
}
export interface MaskedCustomer {
  id: string;
  name_masked: string;
  email_masked: string;
  phone_masked: string | null;
  created_at: string;
  is_frozen: boolean;
  holds: CustomerHold[];
  credentials: {
    has_password: boolean;
    has_totp: boolean;
    passkeys: number;
    recovery_codes_left: number;
  };
  settings: {
    book_only: Setting<boolean>;
    cooldown_s: Setting<number>;
    daily_limit_cents: Setting<number>;
    delay_s: Setting<number>;
    lock_s: Setting<number>;
  };
  recovery: { ripe_at: string; evidence: string[] } | null;
}
export interface MaskedWithdrawal {
  id: string;
  amount: string;
  symbol?: string;
  decimals?: number;
  state: string;
  to: string;
  reasons: Pick<Reason, "code" | "sentence">[];
  asked_at?: string;
}
export interface CustomerEvent {
  seq: number;
  at: string;
  kind: string;
  sentence: string;
  by: string;
}
export interface CustomerView {
  customer: MaskedCustomer;
  withdrawals: MaskedWithdrawal[];
  events: CustomerEvent[];
  expires_at: string;
}
export interface StaffPasskey {
  id: string;
  name: string;
  created_at: string;
  last_used_at: string | null;
}
