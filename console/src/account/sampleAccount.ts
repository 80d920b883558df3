/** An account for tests: nothing set up, nothing waiting. */
import type { Account } from "./model";

const HOUR = 3_600;
export const DAY = 24 * HOUR;

export function sampleAccount(change: Partial<Account> = {}): Account {
  const setting = <T>(value: T) => ({ value, waiting: null });
  return {
    id: "c1",
    name: "Ada",
    email: "ada@example.org",
    phone: null,
    anti_phishing_code: null,
    is_frozen: false,
    call: null,
    holds: [],
    recovery: null,
    settings: {
      book_only: setting(false),
      cooldown_s: setting(DAY),
      daily_limit_cents: setting(1_000_000),
      delay_s: setting(0),
      lock_s: setting(0),
    },
    waits: {
      cooldown_min_s: DAY,
      lock_min_s: DAY,
      lock_max_s: 30 * DAY,
      loosen_s: {
        book_only: 2 * DAY,
        cooldown_s: 2 * DAY,
        daily_limit_cents: DAY,
        delay_s: 2 * DAY,
        lock_s: DAY,
      },
    },
    credentials: {
      has_password: true,
      has_totp: false,
      recovery_codes_left: 0,
      passkeys: [
        {
          id: "p1",
          name: "Phone",
          created_at: "2026-01-01T00:00:00Z",
          last_used_at: null,
          is_synced: true,
          is_duress: false,
        },
      ],
    },
    confirm_with: ["passkey"],
    score: { points: 4, of: 12, parts: [] },
    ...change,
  };
}
