// Steps that several flows have in common.
import { addAuthenticator } from "./authenticator.mjs";
import { codeFrom } from "./mailbox.mjs";
import { freshTotp } from "./totp.mjs";

const SIGN_IN = "Sign in with a passkey";

/** A new document at a place of the pages: no state of the last flow stays. */
export async function at({ page, base }, hash = "") {
  await page.goto("about:blank");
  await page.goto(`${base}#/${hash}`);
}
export const isIn = ({ page }) => page.getByRole("button", { name: "Sign out" }).isVisible();
export const alertOf = async ({ page }) => {
  const alert = page.locator(".refused").first();
  await alert.waitFor();
  return {
    code: await alert.getAttribute("data-code"),
    text: await alert.locator("strong").innerText(),
  };
};

/** An authenticator that has the customer's passkey, and what it counted given back afterwards. */
export async function withPasskey(run, use, more = {}) {
  const authenticator = await addAuthenticator(run.page, more);
  if (run.passkey) await authenticator.put(run.passkey);
  try {
    return await use(authenticator);
  } finally {
    const id = run.passkey?.credentialId;
    const used = (await authenticator.credentials()).find(
      ({ credentialId }) => credentialId === id,
    );
    if (used && run.passkey && used.signCount > run.passkey.signCount) {
      run.passkey = { ...run.passkey, signCount: used.signCount };
    }
    await authenticator.remove();
  }
}

/** The session's end, and none but the public pages. */
export async function leave(run) {
  await at(run);
  const out = run.page.getByRole("button", { name: "Sign out" });
  const way = run.page.getByRole("button", { name: SIGN_IN });
  await out.or(way).first().waitFor();
  if (await out.isVisible()) {
    await out.click();
    await way.waitFor();
  }
}

export async function enter(run) {
  await at(run);
  const way = run.page.getByRole("button", { name: SIGN_IN });
  await way
    .or(run.page.getByRole("button", { name: "Sign out" }))
    .first()
    .waitFor();
  if (await isIn(run)) return;
  await withPasskey(run, async () => {
    await way.click();
    await run.page.getByRole("button", { name: "Sign out" }).waitFor();
  });
}

/** Gives what the dialog of the one flow wants, if it opens; `done` is what shows that all is over. */
export async function confirm(run, done) {
  const { page } = run;
  const dialog = page.locator("dialog.is-confirm");
  await dialog.or(done).first().waitFor();
  if (!(await dialog.isVisible())) return null;
  const said = await dialog.innerText();
  const field = (name) => dialog.getByLabel(name);
  if (await field("Your password").isVisible()) await field("Your password").fill(run.password);
  if (await field("Code of your app").isVisible())
    await field("Code of your app").fill(await freshTotp(run.totp));
  if (await field("Code from the mail").isVisible()) {
    await field("Code from the mail").fill(await codeFrom(run.mailFolder, run.email));
  }
  await dialog.getByRole("button", { name: /^Confirm/ }).click();
  await done.waitFor();
  return said;
}

/** A request as the pages send it, with the answer's status and body. */
export const request = ({ page }, method, path, body, token = "") =>
  page.evaluate(
    async ([method, path, body, token]) => {
      const headers = { "content-type": "application/json", "x-csrf-token": token };
      const sent = body === null ? {} : { body: JSON.stringify(body) };
      const response = await fetch(path, { method, headers, ...sent });
      return { status: response.status, body: await response.json().catch(() => null) };
    },
    [method, path, body ?? null, token],
  );
export const tokenOf = async (run) =>
  (await request(run, "GET", "/v1/my/session")).body?.csrf_token ?? "";

/** What the authenticator answers to a question, as JSON. */
export const answerTo = ({ page }, options) =>
  page.evaluate(async (given) => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(given);
    return (await navigator.credentials.get({ publicKey })).toJSON();
  }, options.publicKey);
