// Recovery codes, the app, API keys, messages, devices, the freeze.
import { generateKeyPairSync } from "node:crypto";
import { check, expect } from "../report.mjs";
import { at, confirm, enter, request, withPasskey } from "./steps.mjs";
import { freshTotp } from "./totp.mjs";

export async function recoveryCodes(run) {
  const { page } = run;
  await enter(run);
  await check("recovery codes are shown once, and asked for before the page is left", async () => {
    await withPasskey(run, async () => {
      await at(run, "access/codes");
      await page.getByRole("button", { name: "Make new codes" }).click();
      await confirm(run, page.locator(".codes"));
      const codes = await page.locator(".codes code").allTextContents();
      expect(codes.length === 8 && new Set(codes).size === 8, `${codes.length} codes`);
      const field = page.getByLabel(/Type code \d/);
      const asked = Number(
        /\d+/.exec(await page.locator("label", { hasText: "Type code" }).innerText())[0],
      );
      await field.fill(codes[asked % 8]);
      await page.getByRole("button", { name: "I have kept them" }).click();
      await page.locator("[aria-invalid]").waitFor();
      await field.fill(codes[asked - 1].replaceAll("-", " ").toUpperCase());
      await page.getByRole("button", { name: "I have kept them" }).click();
      await page.getByText("8 left").waitFor();
      run.recoveryCodes = codes;
    });
  });
  await check("they are not shown again", async () => {
    await at(run, "access/codes");
    await page.getByText("You have 8").waitFor();
    const text = await page.locator("main").innerText();
    expect(!run.recoveryCodes.some((code) => text.includes(code)), "a code is on the page");
  });
}

export async function appCodes(run) {
  const { page } = run;
  await enter(run);
  await check(
    "an app for codes is set up with a QR code that is drawn here, and with one of its codes",
    async () => {
      await withPasskey(run, async () => {
        await at(run, "access/app");
        await page.getByRole("button", { name: /Set up/ }).click();
        await confirm(run, page.locator(".qr"));
        const seed = (await page.locator(".seed > span").allTextContents()).join("");
        expect(/^[A-Z2-7]{16,}$/.test(seed), "the seed is no base32");
        expect((await page.locator("img").count()) === 0, "an image was loaded");
        await page.getByLabel("Code that the app shows now").fill(await freshTotp(seed));
        await page.getByRole("button", { name: "Use this app" }).click();
        await confirm(run, page.getByRole("heading", { name: "Passkeys and sign-in" }));
        const { body } = await request(run, "GET", "/v1/my/account");
        expect(body.credentials.has_totp, "it is not in use");
      });
    },
  );
  await check("and is removed again", async () => {
    await withPasskey(run, async () => {
      await at(run, "access/app");
      await page.getByRole("button", { name: "Remove it" }).click();
      await confirm(run, page.getByRole("heading", { name: "Passkeys and sign-in" }));
      const { body } = await request(run, "GET", "/v1/my/account");
      expect(!body.credentials.has_totp, "it is still in use");
    });
  });
}

export async function keys(run) {
  const { page } = run;
  await enter(run);
  const { publicKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("base64");
  await check("an API key that may withdraw needs the machines that it runs on", async () => {
    await withPasskey(run, async () => {
      await at(run, "keys/add");
      await page.getByLabel("Name of the program").fill("Bot");
      await page.getByLabel("Its public key").fill(raw);
      await page.getByRole("checkbox").check();
      const add = page.getByRole("button", { name: "Add it" });
      expect(await add.isDisabled(), "it can be added without");
      await page.getByLabel("Machines that it runs on").fill("198.51.100.7");
      await add.click();
      const said = await confirm(run, page.locator('[data-key="Bot"]'));
      expect(said === null || said.includes("198.51.100.7"), said);
    });
  });
  await check("an API key is removed", async () => {
    await withPasskey(run, async () => {
      await at(run, "keys");
      await page.getByRole("button", { name: "Remove Bot" }).click();
      await confirm(run, page.locator(".toast").first());
      await page.getByRole("button", { name: "Remove Bot" }).waitFor({ state: "detached" });
    });
  });
}

export async function notices(run) {
  const { page } = run;
  await enter(run);
  await check("a message that we did not write is said to be none of ours", async () => {
    await at(run, "notices");
    await page
      .getByLabel("Paste the whole message")
      .fill("Dear customer, move your coins to this address.");
    await page.getByRole("button", { name: "Is this from you?" }).click();
    await page.locator('[data-noticed="not_ours"]').waitFor();
  });
  await check("nobody is calling, and it says so", () =>
    page.locator('[data-call="none"]').waitFor(),
  );
  await check("the anti-phishing code is set", async () => {
    await withPasskey(run, async () => {
      const word = `heron ${Date.now() % 1_000}`;
      await page.getByLabel("New code").fill(word);
      await page.getByRole("button", { name: /^(Set|Change) it$/ }).click();
      await confirm(run, page.locator("[data-code]", { hasText: word }));
    });
  });
  await check("the timeline tells what was done, and by whom", async () => {
    await at(run, "timeline");
    const first = page.locator(".timeline li").first();
    await first.waitFor();
    expect(/by you/.test(await first.innerText()), await first.innerText());
    return `${await page.locator(".timeline li").count()} events`;
  });
}

export async function devices(run) {
  const { page } = run;
  await enter(run);
  await check("a second browser's session is seen and ended from the first", async () => {
    const other = await (await run.open()).newPage();
    const elsewhere = { ...run, page: other };
    await enter(elsewhere);
    run.passkey = elsewhere.passkey;
    await withPasskey(run, async () => {
      await at(run, "devices");
      await page.getByRole("button", { name: "End all others" }).click();
      await confirm(run, page.locator(".toast").first());
    });
    const { status } = await request(elsewhere, "GET", "/v1/my/session");
    expect(status === 401, `the other one is answered ${status}`);
    expect((await request(run, "GET", "/v1/my/session")).status === 200, "this one was ended too");
    await other.context().close();
  });
}

export async function freeze(run) {
  const { page } = run;
  await enter(run);
  await check(
    "the account is frozen after one question whose first button leaves it open",
    async () => {
      await at(run);
      await page.getByRole("button", { name: "Freeze my account" }).click();
      const focused = await page.evaluate(() => document.activeElement?.textContent);
      expect(focused === "Leave it open", `the focus is on ${focused}`);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Freeze my account" }).click();
      await page.getByRole("button", { name: "Freeze it now" }).click();
      await page.getByText("Your account is frozen. Nothing can leave it.").waitFor();
    },
  );
  await check("while it is frozen nothing can be asked for", async () => {
    await at(run, "limits/delay_s");
    const { body } = await request(run, "GET", "/v1/my/account");
    expect(body.is_frozen === true, "the server does not say so");
  });
  await check("the freeze ends with the passkey, and money then waits", async () => {
    await withPasskey(run, async () => {
      await at(run);
      await page.getByRole("button", { name: "End the freeze" }).click();
      await confirm(run, page.locator('[data-tone="hold"]', { hasText: "Money waits" }));
    });
  });
}
