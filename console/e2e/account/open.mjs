// What is open to everybody: sign-up by a link, recovery, and what guessing costs.
import { check, expect } from "../report.mjs";
import { addAuthenticator } from "./authenticator.mjs";
import { codeFrom, linkFrom } from "./mailbox.mjs";
import { alertOf, at, confirm, enter, leave, request, withPasskey } from "./steps.mjs";

export async function enrolByLink(run) {
  const { page } = run;
  await leave(run);
  await check(
    "signing up answers alike for an address that is known and one that is not",
    async () => {
      const said = [];
      for (const email of [run.email, `new-${Date.now()}@example.org`]) {
        await at(run, "sign-up");
        await page.getByLabel("E-mail").fill(email);
        await page.getByRole("button", { name: "Send me the link" }).click();
        await page.getByRole("heading", { name: "Look into your mail" }).waitFor();
        said.push((await page.locator("main").innerText()).replace(email, "it"));
        run.enrolled = email;
      }
      expect(said[0] === said[1], said.join(" / "));
    },
  );
  if (!run.mailFolder) return console.log("     left out without --mail: enrolling by a link");
  await check(
    "a mailed link opens an account with a passkey, and leaves the address bar",
    async () => {
      const token = await linkFrom(run.mailFolder, run.enrolled);
      const other = await (await run.open()).newPage();
      const authenticator = await addAuthenticator(other);
      await other.goto(`${run.base}#/enrol?token=${token}`);
      await other.getByLabel("Your name").fill("Grace");
      expect(!other.url().includes(token), other.url());
      await other.getByRole("button", { name: "Create a passkey" }).click();
      await other.getByRole("heading", { name: "Hello, Grace" }).waitFor();
      await authenticator.remove();
      await other.goto("about:blank");
      await other.context().clearCookies();
      const again = await addAuthenticator(other);
      await other.goto(`${run.base}#/enrol?token=${token}`);
      await other.getByLabel("Your name").fill("Mallory");
      await other.getByRole("button", { name: "Create a passkey" }).click();
      await other.locator(".refused").waitFor();
      await again.remove();
      await other.context().close();
    },
  );
}

export async function recovery(run) {
  const { page } = run;
  await leave(run);
  const begin = async (mailCode, recoveryCode) => {
    await page.getByLabel("Code from the mail").fill(mailCode);
    await page.getByLabel("One of your recovery codes").fill(recoveryCode);
    await page.getByRole("button", { name: "Begin the recovery" }).click();
  };
  await check("a recovery with wrong codes is refused, and says no more than that", async () => {
    await at(run, "recover/begin");
    await page.getByLabel("E-mail of the account").fill(run.email);
    await page.getByRole("button", { name: "Send me a code" }).click();
    // Taken out of the mailbox, so that the next flow does not take it for its own.
    if (run.mailFolder) await codeFrom(run.mailFolder, run.email);
    await begin("00000000", "no-such-code");
    const { code } = await alertOf(run);
    expect(code === "account.recovery.evidence", code);
  });
  if (!run.mailFolder || !run.recoveryCodes)
    return console.log("     left out without --mail: a recovery that begins");
  await check("a recovery begins with two proofs, waits, and the owner stops it", async () => {
    await at(run, "recover/begin");
    await page.getByLabel("E-mail of the account").fill(run.email);
    await page.getByRole("button", { name: "Send me a code" }).click();
    await begin(await codeFrom(run.mailFolder, run.email), run.recoveryCodes[0]);
    await page.getByRole("heading", { name: "The recovery has begun" }).waitFor();
    await enter(run);
    await withPasskey(run, async () => {
      await page.getByRole("button", { name: "It was not me: stop it now" }).click();
      const gone = page.locator(".standing:not([data-tone=deny])");
      await confirm(run, gone);
    });
    const { body } = await request(run, "GET", "/v1/my/account");
    expect(body.recovery === null, "it goes on");
  });
}

/** The second half, whose wait only the stand-in can leave out. */
export async function recoveryEnds(run) {
  const { page } = run;
  if (!run.isStandIn)
    return console.log("     left out without the stand-in: the end of a recovery");
  await leave(run);
  await check("a recovery whose wait is over makes a passkey, and gives no session", async () => {
    const scene = JSON.stringify({ scene: "ripe" });
    await fetch(`${run.origin}/stand-in/scene`, { method: "POST", body: scene });
    const authenticator = await addAuthenticator(page);
    await at(run, "recover/finish");
    await page.getByLabel("E-mail of the account").fill(run.email);
    await page.getByRole("button", { name: "Send me a code" }).click();
    await page.getByLabel("Code from the mail").fill(await codeFrom(run.mailFolder, run.email));
    await page.getByRole("button", { name: "Create a passkey" }).click();
    await page.getByRole("heading", { name: "Your passkey is made" }).waitFor();
    const { status } = await request(run, "GET", "/v1/my/session");
    expect(status === 401, "it signed in by itself");
    [run.passkey] = await authenticator.credentials();
    await authenticator.remove();
    await enter(run);
  });
}

/** So many wrong passwords are tried before work must be wanted. */
const GUESSES_MAX = 30;

export async function work(run) {
  const { page } = run;
  await leave(run);
  await check(
    "guessing passwords costs work, which says that it works and can be stopped",
    async () => {
      await at(run);
      await page.getByRole("button", { name: /Use your password/ }).click();
      const email = `guess-${Date.now()}@example.org`;
      await page.getByLabel("E-mail").fill(email);
      let works = 0;
      page.on("request", (sent) => {
        if (sent.url().endsWith("/v1/my/session") && (sent.postData() ?? "").includes('"work"'))
          works += 1;
      });
      for (let guess = 1; guess <= GUESSES_MAX; guess += 1) {
        await page.getByLabel("Password").fill(`wrong ${guess}`);
        const button = page.getByRole("button", { name: "Sign in" });
        await button.click();
        await button.and(page.locator(":not([disabled])")).waitFor({ timeout: 60_000 });
        const { code } = await alertOf(run);
        if (works > 0) return `after ${guess} guesses; then ${code}; ${await stop(run)}`;
        if (code === "auth.throttled") return `slowed down after ${guess} guesses without work`;
      }
      throw new Error(`${GUESSES_MAX} guesses were free`);
    },
  );
}

/** Stops the work of one more guess, if it takes long enough to be seen. */
async function stop({ page }) {
  await page.getByLabel("Password").fill("one more");
  await page.getByRole("button", { name: "Sign in" }).click();
  const button = page.getByRole("button", { name: "Stop" });
  const isSeen = await button.click({ timeout: 2_000 }).then(
    () => true,
    () => false,
  );
  if (!isSeen) return "too quick to be stopped";
  await page
    .getByRole("button", { name: "Sign in" })
    .and(page.locator(":not([disabled])"))
    .waitFor();
  expect((await page.locator(".refused").count()) === 0, "what was stopped was sent");
  return "stopped";
}
