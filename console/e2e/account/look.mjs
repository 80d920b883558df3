// Every page of the security centre at three widths and in both themes, against the stand-in server.
//
//   node e2e/account/look.mjs SHOTS_DIR [DIST_DIR] [--only=NAME,NAME] [--widths=360,1024]
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { start } from "../browser.mjs";
import { seriousFindings, WIDTHS } from "../looks.mjs";
import { check, close, expect } from "../report.mjs";
import { LOOK_ALIKE, SANCTIONED } from "./customer.mjs";
import { codeFrom } from "./mailbox.mjs";
import { standIn } from "./server.mjs";
import { addAuthenticator } from "./authenticator.mjs";

const { values, positionals } = parseArgs({
  options: { only: { type: "string" }, widths: { type: "string" } },
  allowPositionals: true,
});
const [shots, dist = "dist"] = positionals;
if (!shots) {
  console.error("usage: node e2e/account/look.mjs SHOTS_DIR [DIST_DIR]");
  process.exit(2);
}
mkdirSync(shots, { recursive: true });
const mailFolder = mkdtempSync(join(tmpdir(), "mails-"));
const server = await standIn({ dist: resolve(dist), mailFolder });
const { browser, open, faults } = await start(server.origin, [], /status of 4\d\d/);
const base = `${server.origin}/account/`;
const scene = (name) =>
  fetch(`${server.origin}/stand-in/scene`, {
    method: "POST",
    body: JSON.stringify({ scene: name }),
  });

const out = {
  "sign-in": async () => {},
  password: async (page) => page.getByRole("button", { name: /Use your password/ }).click(),
  wrong: async (page) => {
    await page.getByRole("button", { name: /Use your password/ }).click();
    await page.getByLabel("E-mail").fill(`nobody-${Date.now()}@example.org`);
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
  },
  recover: async (page) => page.goto(`${base}#/recover`),
  "sign-up": async (page) => page.goto(`${base}#/sign-up`),
  enrol: async (page) => page.goto(`${base}#/enrol?token=x`),
  check: async (page) => {
    await page.goto(`${base}#/notices`);
    await page.getByLabel("Paste the whole message").fill("Dear customer, move your coins now");
    await page.getByRole("button", { name: "Is this from you?" }).click();
    await page.locator("[data-noticed]").waitFor();
  },
};

const goto = (hash) => async (page) => page.goto(`${base}#/${hash}`);
async function checkAddress(page, address) {
  await page.goto(`${base}#/book`);
  await page.getByRole("heading", { name: "Address book" }).waitFor();
  await page.goto(`${base}#/book/add`);
  await page.getByLabel("Network").selectOption({ index: 1 });
  await page.getByLabel("Address").fill(address);
  await page.getByRole("button", { name: "Look at it" }).click();
  await page.locator("[data-check]").waitFor();
}
async function review(page, amount, asset = "USDC") {
  await page.goto(`${base}#/`);
  await page.goto(`${base}#/withdraw`);
  await page.getByLabel("Asset").selectOption({ label: `${asset} on Ethereum` });
  await page.getByLabel(/Amount/).fill(amount);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByText("My hardware wallet").click();
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("button", { name: "Ask for it" }).waitFor();
}
const inside = {
  home: goto(""),
  frozen: async (page) => {
    await scene("frozen");
    await page.reload();
  },
  recovery: async (page) => {
    await scene("recovery");
    await page.reload();
  },
  held: async (page) => {
    await scene("held");
    await page.goto(`${base}#/`);
    await page.reload();
  },
  freeze: async (page) => {
    await scene("plain");
    await page.goto(`${base}#/`);
    await page.reload();
    await page.getByRole("button", { name: "Freeze my account" }).click();
  },
  access: goto("access"),
  passkey: goto("access/passkey"),
  newpassword: goto("access/password"),
  app: async (page) => {
    await page.goto(`${base}#/access/app`);
    await page.getByRole("button", { name: /Set up/ }).click();
    await page.locator(".qr").waitFor();
  },
  codes: async (page) => {
    await page.goto(`${base}#/access/codes`);
    await page.getByRole("button", { name: /Make new codes/ }).click();
    await page.getByRole("button", { name: /Confirm with your passkey/ }).click();
    await page.locator(".codes").waitFor();
  },
  devices: goto("devices"),
  book: goto("book"),
  add: goto("book/add"),
  checked: (page) => checkAddress(page, "0x52908400098527886E0F7030069857D2E4169EE7"),
  "look-alike": (page) => checkAddress(page, LOOK_ALIKE),
  listed: (page) => checkAddress(page, SANCTIONED),
  confirm: async (page) => {
    await checkAddress(page, "0x52908400098527886E0F7030069857D2E4169EE7");
    await page.getByLabel("What you call it").fill("Savings");
    await page.getByRole("button", { name: "Add it" }).click();
    await page.getByRole("dialog").waitFor();
  },
  limits: goto("limits"),
  limit: async (page) => {
    await page.goto(`${base}#/limits/cooldown_s`);
    await page.getByText("7 days").click();
  },
  withdraw: goto("withdraw"),
  review: (page) => review(page, "125.50"),
  challenge: async (page) => {
    await review(page, "125.50");
    await page.getByRole("button", { name: "Ask for it" }).click();
    await page.getByRole("button", { name: /Confirm with your passkey/ }).waitFor();
  },
  interview: async (page) => {
    await review(page, "7200");
    await page.getByRole("button", { name: "Ask for it" }).click();
    await page.getByRole("button", { name: /Pause/ }).waitFor();
  },
  waiting: async (page) => {
    await scene("held");
    await review(page, "40");
    await page.getByRole("button", { name: "Ask for it" }).click();
    await page.getByRole("button", { name: /Confirm with your passkey/ }).click();
    await page.locator('[data-withdrawal="held"]').waitFor();
  },
  withdrawals: goto("withdrawals"),
  keys: goto("keys"),
  addkey: goto("keys/add"),
  notices: goto("notices"),
  called: async (page) => {
    await scene("called");
    await page.reload();
  },
  timeline: goto("timeline"),
};

const only = values.only?.split(",");
const widths = values.widths?.split(",").map(Number);
async function shoot(page, name, run, colorScheme, width) {
  if (only && !only.includes(name)) return;
  await check(`look: ${name}, ${colorScheme}, ${width} px`, async () => {
    await run(page);
    await page.waitForFunction(() => !document.querySelector(".skeleton"), null, {
      timeout: 8_000,
    });
    // What was told about the step before is not of this page.
    for (const toast of await page.getByRole("button", { name: "Dismiss" }).all()) {
      await toast.click({ timeout: 500 }).catch(() => {});
    }
    await page.waitForTimeout(150);
    await page.screenshot({
      path: join(shots, `${name}-${colorScheme}-${width}.png`),
      fullPage: true,
    });
    const over = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(over <= 0, `${over} px wider than the screen`);
    const findings = await seriousFindings(page);
    expect(findings.length === 0, findings.join("; "));
  });
}

try {
  for (const colorScheme of ["light", "dark"]) {
    for (const viewport of WIDTHS) {
      if (widths && !widths.includes(viewport.width)) continue;
      const context = await open({ colorScheme, viewport, reducedMotion: "reduce" });
      const page = await context.newPage();
      page.setDefaultTimeout(8_000);
      for (const [name, run] of Object.entries(out)) {
        await page.goto("about:blank");
        await page.goto(base);
        await shoot(page, name, run, colorScheme, viewport.width);
      }
      // Each round begins without a passkey and makes one.
      await page.goto(`${base}#/sign-up`);
      await scene("plain");
      const authenticator = await addAuthenticator(page);
      await page.goto("about:blank");
      await page.goto(base);
      await page.getByRole("button", { name: /Use your password/ }).click();
      await page.getByLabel("E-mail").fill(server.email);
      await page.getByLabel("Password").fill(server.password);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByLabel("Code").fill(await codeFrom(mailFolder, server.email));
      await page.getByRole("button", { name: "Go on" }).click();
      await page.getByRole("heading", { name: /Hello/ }).waitFor();
      if (!only || only.includes("bare"))
        await shoot(page, "bare", async () => {}, colorScheme, viewport.width);
      await fetch(`${server.origin}/stand-in/forget`, { method: "POST", body: "{}" });
      await page.goto(`${base}#/access/passkey`);
      await page.getByRole("button", { name: "Create a passkey" }).click();
      await page.getByLabel("Your password").fill(server.password);
      await page.getByLabel("Code from the mail").fill(await codeFrom(mailFolder, server.email));
      await page.getByRole("button", { name: "Confirm" }).click();
      await page.getByRole("heading", { name: "Passkeys and sign-in" }).waitFor();
      for (const [name, run] of Object.entries(inside)) {
        await shoot(page, name, run, colorScheme, viewport.width);
      }
      await authenticator.remove();
      await context.close();
    }
  }
  await check("nothing on the console, no policy violation, no request elsewhere", () => {
    expect(faults.length === 0, [...new Set(faults)].slice(0, 5).join(" | "));
  });
} finally {
  await browser.close();
  server.close();
}
process.exitCode = close();
