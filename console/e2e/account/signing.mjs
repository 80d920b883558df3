// From signed out to a passkey, and in again with it.
import { check, expect } from "../report.mjs";
import { seriousFindings } from "../looks.mjs";
import { addAuthenticator } from "./authenticator.mjs";
import { codeFrom } from "./mailbox.mjs";
import {
  alertOf,
  at,
  confirm,
  enter,
  isIn,
  leave,
  tokenOf,
  withPasskey,
  request,
} from "./steps.mjs";
import { freshTotp } from "./totp.mjs";

async function byPassword({ page }, email, password) {
  await page.getByRole("button", { name: /Use your password/ }).click();
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

export async function signedOut(run) {
  const { page } = run;
  await at(run);
  await check("signed out: a passkey comes first, and a password is the quieter way", async () => {
    const way = page.getByRole("button", { name: "Sign in with a passkey" });
    await way.waitFor();
    const first = await page.evaluate(
      () => document.querySelector("main button")?.textContent ?? "",
    );
    expect(first.includes("passkey"), `first is ${first}`);
  });
  await check("signed out: axe finds nothing serious", async () => {
    const findings = await seriousFindings(page);
    expect(findings.length === 0, findings.join("; "));
  });
  await check("signed out: no account is answered", async () => {
    const { status, body } = await request(run, "GET", "/v1/my/account");
    expect(status === 401 && body.code === "auth.required", `${status} ${body?.code}`);
  });
  await check("an unknown e-mail and a wrong password have the same words", async () => {
    const said = [];
    for (const email of [`nobody-${Date.now()}@example.org`, run.email]) {
      await at(run);
      await byPassword(run, email, "not the password of anybody");
      const { code, text } = await alertOf(run);
      said.push(`${code}: ${text}`);
    }
    expect(said[0] === said[1] && said[0].startsWith("auth.wrong"), said.join(" / "));
  });
}

export async function passwordFirst(run) {
  const { page } = run;
  await at(run);
  await check("a password signs in with a second factor, and not without", async () => {
    await byPassword(run, run.email, run.password);
    const code = page.getByLabel("Code", { exact: true });
    await code.waitFor();
    expect(!(await isIn(run)), "the password alone signed in");
    await code.fill("00000000");
    await page.getByRole("button", { name: "Go on" }).click();
    const refused = await alertOf(run);
    expect(refused.code === "auth.code", refused.code);
    await code.fill(
      run.totp ? await freshTotp(run.totp) : await codeFrom(run.mailFolder, run.email),
    );
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByRole("button", { name: "Sign out" }).waitFor();
  });
  await check("the overview says how the account stands, and never that it is safe", async () => {
    await page.locator("[data-tone]").waitFor();
    const text = await page.locator("main").innerText();
    expect(/\d+ of \d+/.test(text), "no score");
    expect(!/\bsafe\b|\bsecure\b/i.test(text), "it calls something safe");
  });
  await check("no secret is kept where scripts find it", async () => {
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
    );
    expect(!kept.includes(run.password) && !/csrf|session/i.test(kept), kept);
  });
}

const rows = (page) => page.locator("[data-passkey]");

async function add(run, name) {
  const { page } = run;
  await at(run, "access/passkey");
  await page.getByLabel("What you call it").fill(name);
  await page.getByRole("button", { name: "Create a passkey" }).click();
  const said = await confirm(run, page.locator(`[data-passkey="${name}"]`));
  return said;
}

export async function firstPasskey(run) {
  const { page } = run;
  await check("a passkey is added after what the account has was given", async () => {
    await withPasskey(run, async (authenticator) => {
      const said = await add(run, "First");
      expect(said === null || said.includes("Add this passkey"), said);
      const [made] = await authenticator.credentials();
      expect(made?.isResidentCredential === true, "it cannot be found without a name");
      run.passkey = made;
    });
  });
  await check("money waits after that, with a countdown", async () => {
    await at(run);
    const line = page.locator('[data-tone="hold"]');
    await line.waitFor();
    expect((await line.getByRole("timer").count()) === 1, "no countdown");
  });
}

export async function signInAgain(run) {
  const { page } = run;
  await leave(run);
  await check("signing out ends the session on the server", async () => {
    const { status } = await request(run, "GET", "/v1/my/session");
    expect(status === 401, `${status}`);
  });
  await check("the passkey signs in without a name", () => enter(run));
  await check("a change without the session's token is refused", async () => {
    const sent = { command: { do: "freeze" } };
    const { status } = await request(run, "POST", "/v1/my/commands", sent, "not the token");
    expect(status === 403, `${status}`);
    const { body } = await request(run, "GET", "/v1/my/account");
    expect(body.is_frozen === false, "the account was frozen");
  });
  await check("a session is nothing without its cookie's flags", async () => {
    const cookies = await page.context().cookies(run.origin);
    const own = cookies.find(({ name }) => name.includes("customer"));
    expect(own?.httpOnly === true && own.sameSite !== "None", JSON.stringify(own?.name));
  });
}

export async function secondPasskey(run) {
  const { page } = run;
  await enter(run);
  await check("a device that has a passkey makes no second one", async () => {
    await withPasskey(run, async (authenticator) => {
      // The authenticator has the first and refuses to make another beside it: a second device does.
      const known = await tokenOf(run);
      const begun = await request(
        run,
        "POST",
        "/v1/my/commands",
        { command: { do: "begin_passkey" } },
        known,
      );
      let secret = begun.body?.secret;
      if (!secret) {
        const { confirm: asked } = begun.body;
        const response = await answer(run, asked);
        const sent = {
          command: { do: "begin_passkey" },
          confirmation: { ceremony: asked.ceremony, response },
        };
        secret = (await request(run, "POST", "/v1/my/commands", sent, known)).body.secret;
      }
      const excluded = secret.options.publicKey.excludeCredentials?.length ?? 0;
      expect(excluded > 0, "a device could make two");
      const refused = await page.evaluate(async (given) => {
        const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(given);
        return navigator.credentials.create({ publicKey }).then(
          () => "made",
          ({ name }) => name,
        );
      }, secret.options.publicKey);
      expect(refused === "InvalidStateError", refused);
      expect((await authenticator.credentials()).length === 1, "two on one device");
    });
  });
  await check("a passkey is renamed", async () => {
    await withPasskey(run, async () => {
      await at(run, "access");
      await page.getByRole("button", { name: "Rename First" }).click();
      await page.getByLabel("Name", { exact: true }).fill("Laptop");
      await page.getByRole("button", { name: "Rename", exact: true }).last().click();
      await confirm(run, page.locator('[data-passkey="Laptop"]'));
    });
  });
  await check(
    "a passkey of another device is added with the first, and removed again",
    async () => {
      const other = await addAuthenticator(page);
      await at(run, "access/passkey");
      await page.getByLabel("What you call it").fill("Key ring");
      await page.getByRole("button", { name: "Create a passkey" }).click();
      await page.locator("dialog.is-confirm").waitFor();
      expect((await other.credentials()).length === 1, "it is not on the other device");
      await other.remove();
      await withPasskey(run, async () => {
        const row = page.locator('[data-passkey="Key ring"]');
        await confirm(run, row);
        await page.getByRole("button", { name: "Remove Key ring" }).click();
        const said = await confirm(run, page.locator(".toast", { hasText: "removed" }));
        expect(said?.includes("Key ring"), "removing it is not confirmed");
        await row.waitFor({ state: "detached" });
      });
    },
  );
  await check("leaving the confirmation changes nothing", async () => {
    await withPasskey(run, async () => {
      await at(run, "access");
      const before = await rows(page)
        .first()
        .waitFor()
        .then(() => rows(page).count());
      await page.getByRole("button", { name: "Remove Laptop" }).click();
      const dialog = page.locator("dialog.is-confirm");
      await dialog.waitFor();
      expect((await dialog.innerText()).includes("Laptop"), "it does not say which");
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      expect((await rows(page).count()) === before, "it was removed");
    });
  });
}

const answer = ({ page }, asked) =>
  page.evaluate(async (given) => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(given);
    return (await navigator.credentials.get({ publicKey })).toJSON();
  }, asked.options.publicKey);
