import { describe, expect, it } from "vitest";
import { ApiError } from "../api/client";
import { ceremonyError } from "../lib/passkey";
import { refusalOf, WORDS } from "./refusal";

/** Every code of the contract that a customer can meet. */
const CODES = [
  "offline",
  "auth.required",
  "auth.work",
  "auth.throttled",
  "auth.wrong",
  "auth.code",
  "account.recovery.evidence",
  "account.recovery.none",
  "account.recovery.unripe",
  "account.signed_out",
  "account.unconfirmed",
  "account.locked",
  "account.frozen",
  "account.full",
  "account.setting.value",
  "account.credential.last",
  "conflict",
  "withdrawal.ended",
  "withdrawal.unapproved",
  "customer.no_case",
];
const problem = (code: string, more: object = {}) =>
  new ApiError({
    ...{ type: "", title: "Title", status: 400, code, detail: "Detail", id: "abc", field: null },
    ...more,
  });

describe("refusals", () => {
  it("have words of ours for every code of the contract", () => {
    for (const code of CODES) {
      const { title, next } = refusalOf(problem(code));
      expect(title, code).not.toBe("Title");
      expect(next, code).not.toBe("Detail");
    }
  });
  it("end with what can be done, in whole sentences", () => {
    for (const [code, [title, next]] of Object.entries(WORDS)) {
      expect(title, code).toMatch(/^[A-Z].*[^.]$/);
      expect(next, code).toMatch(/^[A-Z].*\.$/);
    }
  });
  it("call nothing safe and blame nobody", () => {
    for (const words of Object.values(WORDS)) {
      expect(words.join(" ")).not.toMatch(/\bsafe\b|\bsecure\b|invalid|illegal|your fault/i);
    }
  });
  it("do not say whether the e-mail or the password was wrong", () => {
    const { title } = refusalOf(problem("auth.wrong"));
    expect(title).toBe("This e-mail and password do not belong together");
    expect(Object.keys(WORDS).filter((code) => /unknown|email/.test(code))).toEqual([]);
  });
  it("keep the server's own sentence for a code that the page does not know", () => {
    expect(refusalOf(problem("new.code", { field: "name" }))).toEqual({
      ...{ code: "new.code", title: "Title", next: "Detail", field: "name", id: "abc" },
    });
  });
  it("say what became of a ceremony", () => {
    const dismissed = ceremonyError(new DOMException("", "NotAllowedError"));
    expect(refusalOf(dismissed)).toMatchObject({
      ...{ code: "passkey.dismissed", title: "The passkey was not used" },
    });
    expect(refusalOf(ceremonyError(new DOMException("", "SecurityError"))).next).toMatch(
      /address bar/,
    );
    expect(refusalOf(ceremonyError(new Error("?"))).code).toBe("passkey.failed");
  });
  it("own up to a fault of the page", () => {
    expect(refusalOf(new TypeError("x")).code).toBe("page.fault");
  });
});
