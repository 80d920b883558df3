import { describe, expect, it } from "vitest";
import { foresee } from "./foresee";
import type { BookAddress } from "./model";
import { DAY, sampleAccount } from "./sampleAccount";
import { effectOf, effectWords } from "./settings";
import { standing } from "./standing";

const NOW = Date.parse("2026-11-22T10:00:00Z");
const later = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();
const settings = sampleAccount().settings;
const with_ = (change: Partial<typeof settings>) =>
  sampleAccount({ settings: { ...settings, ...change } });

describe("the state of the account", () => {
  const hold = {
    cause: "credential",
    until: later(DAY),
    sentence: "A passkey was changed.",
  } as const;
  const recovery = { ripe_at: later(3 * DAY), evidence: [] };
  it("puts a recovery before a freeze, that before a hold, and that before a setting", () => {
    const waiting = { value: 2_000_000, waiting: { value: 9_000_000, from: later(DAY) } };
    const all = {
      ...with_({ daily_limit_cents: waiting }),
      holds: [hold],
      is_frozen: true,
      recovery,
    };
    expect(standing(all, NOW).act).toBe("stop_recovery");
    expect(standing({ ...all, recovery: null }, NOW).act).toBe("unfreeze");
    const held = standing({ ...all, recovery: null, is_frozen: false }, NOW);
    expect([held.until, held.act]).toEqual([hold.until, null]);
    expect(standing({ ...all, recovery: null, is_frozen: false, holds: [] }, NOW).act).toBe(
      "limits",
    );
  });
  it("counts down to the hold that ends last, and forgets those that have ended", () => {
    const ended = { ...hold, cause: "staff", until: later(-1) } as const;
    const longest = { ...hold, cause: "contact", until: later(3 * DAY) } as const;
    expect(standing(sampleAccount({ holds: [hold, longest, ended] }), NOW).until).toBe(
      longest.until,
    );
    expect(standing(sampleAccount({ holds: [ended] }), NOW).tone).toBe("quiet");
  });
  it("never calls the account safe", () => {
    for (const account of [
      sampleAccount(),
      sampleAccount({ score: { points: 12, of: 12, parts: [] } }),
    ]) {
      const { sentence, detail } = standing(account, NOW);
      expect(`${sentence} ${detail}`).not.toMatch(/safe|secure|protected/i);
    }
  });
});

describe("a change of a setting", () => {
  it("is in force now when it is stricter, whatever the kind", () => {
    const account = sampleAccount();
    expect(effectOf(account, "book_only", true).kind).toBe("now");
    expect(effectOf(account, "cooldown_s", 2 * DAY).kind).toBe("now");
    expect(effectOf(account, "daily_limit_cents", 1).kind).toBe("now");
    expect(effectOf(account, "lock_s", DAY).kind).toBe("now");
  });
  it("waits as long as the server says when it is looser", () => {
    expect(effectOf(sampleAccount(), "daily_limit_cents", 2_000_000)).toEqual({
      ...{ kind: "later", wait_s: DAY },
    });
    expect(effectWords({ kind: "later", wait_s: DAY })).toMatch(
      /in 1 day\. Until then you can take it back/,
    );
  });
  it("takes as long for a lock as it was chosen for", () => {
    const locked = with_({ lock_s: { value: 10 * DAY, waiting: null } });
    expect(effectOf(locked, "lock_s", 0)).toEqual({ kind: "later", wait_s: 10 * DAY });
  });
  it("cannot loosen anything under a lock, and can tighten all", () => {
    const locked = with_({ lock_s: { value: DAY, waiting: null } });
    expect(effectOf(locked, "daily_limit_cents", 2_000_000).kind).toBe("locked");
    expect(effectOf(locked, "daily_limit_cents", 500).kind).toBe("now");
  });
});

describe("what is foreseen of a withdrawal", () => {
  const entry: BookAddress = {
    ...{ network: "eip155:1", network_name: "Ethereum", address: "0x00", label: "Mine" },
    ...{ added_at: later(-9 * DAY), usable_from: later(-8 * DAY), is_usable: true },
  };
  const kinds = (...args: Parameters<typeof foresee>) => foresee(...args).map(({ kind }) => kind);
  it("is only the confirmation when nothing stands in its way", () => {
    expect(kinds(sampleAccount(), { value_cents: 100, entry }, NOW)).toEqual(["asked"]);
  });
  it("is a refusal, and no confirmation is promised, when the account is frozen or the limit is passed", () => {
    expect(kinds(sampleAccount({ is_frozen: true }), { value_cents: 1, entry }, NOW)).toEqual([
      "refused",
    ]);
    expect(kinds(sampleAccount(), { value_cents: 1_000_001, entry }, NOW)).toEqual(["refused"]);
    expect(kinds(sampleAccount(), { value_cents: 1_000_000, entry }, NOW)).toEqual(["asked"]);
  });
  it("refuses an address outside of the book where the book is all", () => {
    const bookOnly = with_({ book_only: { value: true, waiting: null } });
    expect(kinds(bookOnly, { value_cents: 1, entry: null }, NOW)).toEqual(["refused"]);
  });
  it("says each wait with its end", () => {
    const account = with_({ delay_s: { value: 3_600, waiting: null } });
    const fresh = { ...entry, usable_from: later(500), is_usable: false };
    const found = foresee(account, { value_cents: 1, entry: fresh }, NOW);
    expect(found.map(({ until }) => until)).toEqual([fresh.usable_from, later(3_600), null]);
  });
  it("says that the limit is not compared where there is no price", () => {
    expect(kinds(sampleAccount(), { value_cents: null, entry }, NOW)).toEqual(["asked", "known"]);
  });
});
