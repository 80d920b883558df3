// Walks the console in Chromium against a running server.
//
//   node e2e/run.mjs --base http://localhost:8080 --token=TOKEN [--shots DIR] [--skip-looks]
//
// TOKEN is that of a one-time sign-in link of an administrator; it may begin with a dash, hence the
// equals sign. The run assigns, closes and undoes alerts, and creates and revokes one API key; it
// publishes nothing.
import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { start } from "./browser.mjs";
import {
  address,
  alerts,
  decision,
  everywhere,
  live,
  lostConnection,
  rules,
  signIn,
  signOut,
} from "./flows.mjs";
import { looks } from "./looks.mjs";
import { check, close, expect } from "./report.mjs";

const { values } = parseArgs({
  options: {
    base: { type: "string", default: "http://localhost:8080" },
    token: { type: "string" },
    shots: { type: "string" },
    "skip-looks": { type: "boolean", default: false },
  },
});
if (!values.token) {
  console.error("--token is missing: the token of a one-time sign-in link");
  process.exit(2);
}
const base = values.base.replace(/\/$/, "");
if (values.shots) mkdirSync(values.shots, { recursive: true });

const { browser, open, faults } = await start(base);
try {
  const context = await open();
  const page = await signIn(context, base, values.token);
  const state = await context.storageState();
  for (const flow of [live, decision, alerts, address, rules, everywhere, lostConnection]) {
    try {
      await flow(page, base);
    } catch (error) {
      await check(`${flow.name}: could be begun`, () => {
        throw error;
      });
    }
  }
  if (!values["skip-looks"]) await looks(open, base, state, values.shots);
  await signOut(page, base);
  await check("nothing on the console, no policy violation, no request elsewhere", () => {
    expect(faults.length === 0, [...new Set(faults)].slice(0, 5).join(" | "));
  });
} finally {
  await browser.close();
}
process.exitCode = close();
