// Eight answers of a passkey that must not sign in, and two more: each was made by a real browser.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { check, expect } from "../report.mjs";
import { addAuthenticator } from "./authenticator.mjs";
import { alertOf, answerTo, at, enter, isIn, leave, request, withPasskey } from "./steps.mjs";

const begin = async (run) => (await request(run, "POST", "/v1/my/sign-in/begin", {})).body;
const finish = (run, ceremony, response) =>
  request(run, "POST", "/v1/my/session", { kind: "passkey", ceremony, response });
const isRefused = ({ status }) => expect(status >= 400 && status < 500, `answered ${status}`);

/** Presses the button; the page must say that it did not work, and nobody is signed in. */
async function pressInVain(run) {
  await run.page.getByRole("button", { name: "Sign in with a passkey" }).click();
  const { code } = await alertOf(run);
  expect(!(await isIn(run)), "it signed in");
  const { status } = await request(run, "GET", "/v1/my/session");
  expect(status === 401, "there is a session");
  return code;
}

export async function refusals(run) {
  const { page } = run;
  await leave(run);
  await check("refused: the same answer a second time", async () => {
    await withPasskey(run, async () => {
      const { ceremony, options } = await begin(run);
      const response = await answerTo(run, options);
      const first = await finish(run, ceremony, response);
      expect(first.status === 201, `the first was answered ${first.status}`);
      isRefused(await finish(run, ceremony, response));
    });
  });
  await leave(run);
  await check("refused: an old answer to a new question", async () => {
    await withPasskey(run, async () => {
      const old = await begin(run);
      const response = await answerTo(run, old.options);
      const next = await begin(run);
      isRefused(await finish(run, next.ceremony, response));
    });
  });
  await check("refused: a person who was not verified, by the browser itself", async () => {
    await at(run);
    await withPasskey(run, () => pressInVain(run), { isUserVerified: false }).then((code) =>
      expect(code === "passkey.dismissed", code),
    );
  });
  await check("refused: a counter that goes back, as that of a copied key", async () => {
    await at(run);
    expect(run.passkey.signCount > 1, `the counter is ${run.passkey.signCount}`);
    const copy = { ...run, passkey: { ...run.passkey, signCount: 0 } };
    return withPasskey(copy, () => pressInVain(run));
  });
  await check("refused: a passkey that nobody has added", async () => {
    await at(run);
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const authenticator = await addAuthenticator(page);
    await authenticator.put({
      credentialId: randomBytes(32).toString("base64"),
      isResidentCredential: true,
      rpId: new URL(run.origin).hostname,
      privateKey: privateKey.export({ format: "der", type: "pkcs8" }).toString("base64"),
      userHandle: randomBytes(16).toString("base64"),
      signCount: 1,
    });
    const code = await pressInVain(run);
    await authenticator.remove();
    return code;
  });
  for (const [bits, what] of [
    [{ isBadUV: true }, "an answer that says that the person was not verified"],
    [{ isBogusSignature: true }, "a signature that is none"],
    [{ isBadUP: true }, "an answer that says that nobody was there"],
  ]) {
    await check(`refused: ${what}`, async () => {
      await at(run);
      return withPasskey(run, async (authenticator) => {
        await authenticator.override(bits);
        return pressInVain(run);
      });
    });
  }
  await check("refused: an answer for another account's ceremony of making one", async () => {
    await withPasskey(run, async () => {
      const { options } = await begin(run);
      const response = await answerTo(run, options);
      isRefused(await finish(run, "not a ceremony", response));
    });
  });
  await check("after all of that the owner signs in as before", () => enter(run));
}
