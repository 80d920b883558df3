import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../api/client";
import { api } from "./api";
import { SENDS_MAX, askedBy, confirmed } from "./confirm";
import type { Asked, Command, Confirmation } from "./model";

const COMMAND: Command = { do: "remove_totp" };
const PASSKEY: Asked = { wanted: ["passkey"], ceremony: "one", options: { publicKey: {} } };
const FIELDS: Asked = { wanted: ["password", "totp"], ceremony: null, options: null };
const DONE = { account: {}, done: "Done" };

type Answer = { status: number; body: object };
const refusal = (code: string, status: number, more: object = {}): Answer => ({
  status,
  body: { type: "", title: code, status, code, detail: code, id: "i", ...more },
});
const unconfirmed = (confirm: Asked) => refusal("account.unconfirmed", 403, { confirm });
const done: Answer = { status: 200, body: DONE };

/** A server that gives these answers in order; what was sent is kept. */
function serve(...answers: Answer[]) {
  const sent: { command: Command; confirmation?: Confirmation }[] = [];
  vi.stubGlobal("fetch", async (_: string, init: RequestInit) => {
    sent.push(JSON.parse(String(init.body)));
    const { status, body } = answers.shift() ?? refusal("fault", 500);
    return new Response(JSON.stringify(body), { status });
  });
  return sent;
}
const run = (ask: Parameters<typeof confirmed>[1]) =>
  confirmed((confirmation) => api.command(COMMAND, confirmation), ask);
afterEach(() => vi.unstubAllGlobals());

describe("the flow of confirmations", () => {
  it("asks nothing where the server asks nothing", async () => {
    const sent = serve(done);
    const ask = vi.fn();
    expect(await run(ask)).toEqual(DONE);
    expect(ask).not.toHaveBeenCalled();
    expect(sent).toEqual([{ command: COMMAND }]);
  });
  it("sends the same command again with what confirms it", async () => {
    const sent = serve(unconfirmed(PASSKEY), done);
    const given = { ceremony: "one", response: { id: "x" } };
    expect(await run(async () => given)).toEqual(DONE);
    expect(sent).toEqual([{ command: COMMAND }, { command: COMMAND, confirmation: given }]);
  });
  it("sends nothing more when the person leaves", async () => {
    const sent = serve(unconfirmed(FIELDS));
    expect(await run(async () => null)).toBeNull();
    expect(sent).toHaveLength(1);
  });
  it("keeps the fields and says what was refused when a code is wrong", async () => {
    const sent = serve(unconfirmed(FIELDS), refusal("auth.code", 401), done);
    const ask = vi.fn(async () => ({ password: "p", totp: "123456" }));
    expect(await run(ask)).toEqual(DONE);
    const [first, second] = ask.mock.calls as unknown as [Asked, unknown][];
    expect(first).toEqual([FIELDS, null]);
    expect(second?.[0]).toEqual(FIELDS);
    expect((second?.[1] as ApiError).problem.code).toBe("auth.code");
    expect(sent).toHaveLength(3);
  });
  it("fetches a new question for a passkey, since each is answered once", async () => {
    const next = { ...PASSKEY, ceremony: "two" };
    const sent = serve(unconfirmed(PASSKEY), refusal("auth.passkey", 401), unconfirmed(next), done);
    const asked: (string | null)[] = [];
    await run(async ({ ceremony }) => {
      asked.push(ceremony);
      return { ceremony: ceremony ?? "", response: {} };
    });
    expect(asked).toEqual(["one", "two"]);
    expect(sent.map(({ confirmation }) => confirmation !== undefined)).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });
  it("gives on what has nothing to do with the confirmation", async () => {
    serve(unconfirmed(PASSKEY), refusal("account.frozen", 403));
    const failed = run(async () => ({ ceremony: "one", response: {} }));
    await expect(failed).rejects.toMatchObject({ problem: { code: "account.frozen" } });
  });
  it("ends when the person is signed out or slowed down meanwhile", async () => {
    for (const [code, status] of [
      ["auth.required", 401],
      ["auth.throttled", 429],
    ] as const) {
      serve(unconfirmed(FIELDS), refusal(code, status));
      await expect(run(async () => ({ password: "p" }))).rejects.toMatchObject({
        problem: { code },
      });
    }
  });
  it("gives up after a bounded number of requests", async () => {
    const sent = serve(...Array.from({ length: 50 }, () => unconfirmed(FIELDS)));
    await expect(run(async () => ({ password: "p" }))).rejects.toBeInstanceOf(ApiError);
    expect(sent).toHaveLength(SENDS_MAX);
  });
  it("asks for nothing that it does not know", () => {
    const problem = refusal("account.unconfirmed", 403, {
      confirm: { wanted: ["retina"], ceremony: null, options: null },
    }).body as ConstructorParameters<typeof ApiError>[0];
    expect(askedBy(new ApiError(problem))).toBeNull();
    expect(askedBy(new Error("no"))).toBeNull();
  });
});
