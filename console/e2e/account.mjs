// Walks the security centre in Chromium with virtual passkeys.
//
//   node e2e/account.mjs --base http://localhost:8080 --email E --password P [--totp SEED] [--mail FOLDER]
//   … and --staff-token=TOKEN for the staff's side
//   node e2e/account.mjs --stand-in [--dist dist]
//
// The customer must have that password; SEED is that of their app, where they have one, and FOLDER is
// where the server writes its mails, one .eml each. One of them is needed to get in, as second factor; what
// needs a mail is left out without the folder. The run
// adds and removes passkeys, addresses, keys and settings, asks for withdrawals and cancels them, and
// freezes the account for a moment: give it an account that nobody uses.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { keys, notices, recoveryCodes, appCodes, devices, freeze } from "./account/keeping.mjs";
import { book, settings, withdrawals } from "./account/moving.mjs";
import { enrolByLink, recovery, recoveryEnds, work } from "./account/open.mjs";
import { refusals } from "./account/refusals.mjs";
import { standIn } from "./account/server.mjs";
import {
  firstPasskey,
  passwordFirst,
  secondPasskey,
  signedOut,
  signInAgain,
} from "./account/signing.mjs";
import { staffWalk } from "./account/staffWalk.mjs";
import { start } from "./browser.mjs";
import { check, close, expect } from "./report.mjs";

const { values } = parseArgs({
  options: {
    base: { type: "string", default: "http://localhost:8080" },
    email: { type: "string" },
    password: { type: "string" },
    totp: { type: "string" },
    "staff-token": { type: "string" },
    mail: { type: "string" },
    "stand-in": { type: "boolean", default: false },
    dist: { type: "string", default: "dist" },
  },
});
const mailFolder =
  values.mail ?? (values["stand-in"] ? mkdtempSync(join(tmpdir(), "mails-")) : null);
const server = values["stand-in"]
  ? await standIn({ dist: resolve(values.dist), mailFolder })
  : null;
const origin = (server?.origin ?? values.base).replace(/\/$/, "");
const email = values.email ?? server?.email;
const password = values.password ?? server?.password;
if (!email || !password) {
  console.error("--email and --password are missing: those of a customer of a demonstration");
  process.exit(2);
}

// Refusals are what most of these flows are about.
const { browser, open, faults } = await start(origin, [], /status of 4\d\d/);
try {
  const page = await (await open({ reducedMotion: "reduce" })).newPage();
  page.setDefaultTimeout(15_000);
  /** What the flows hand on to each other. */
  const run = {
    page,
    open,
    origin,
    base: `${origin}/account/`,
    email,
    password,
    totp: values.totp ?? null,
    mailFolder,
    passkey: null,
    staffToken: values["staff-token"] ?? null,
    isStandIn: server !== null,
  };
  for (const flow of [
    signedOut,
    passwordFirst,
    firstPasskey,
    signInAgain,
    refusals,
    secondPasskey,
    book,
    settings,
    withdrawals,
    recoveryCodes,
    appCodes,
    keys,
    notices,
    devices,
    freeze,
    enrolByLink,
    recovery,
    recoveryEnds,
    work,
    staffWalk,
  ]) {
    try {
      await flow(run);
    } catch (error) {
      await check(`${flow.name}: could be walked to its end`, () => {
        throw error;
      });
    }
  }
  await check("nothing on the console, no policy violation, no request elsewhere", () => {
    expect(faults.length === 0, [...new Set(faults)].slice(0, 5).join(" | "));
  });
} finally {
  await browser.close();
  server?.close();
}
process.exitCode = close();
