// Every page in both themes and three widths: nothing wider than the screen, nothing that axe calls
// serious, and a screenshot for people to look at.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { check, expect } from "./report.mjs";

export const WIDTHS = [
  { width: 360, height: 780 },
  { width: 1024, height: 768 },
  { width: 1600, height: 1000 },
];
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Pages by name; those of single things are found on the pages that list them. */
async function pagesOf(page, base) {
  const first = async (path, selector, attribute) => {
    await page.goto(base + path);
    await page.locator(selector).first().waitFor({ timeout: 20_000 });
    return page.locator(selector).first().getAttribute(attribute);
  };
  const held = await first("/live?level=hold&level=deny", ".table-row.is-body", "id");
  const alert = await first("/alerts", ".table-row.is-body", "id");
  const address = await first("/alerts", ".table-row.is-body .address-text", "href");
  return {
    live: "/live",
    alerts: "/alerts",
    alert: `/alerts/${alert.split("-").at(-1)}`,
    decision: `/decisions/${held.split("-").at(-1)}`,
    lookup: "/addresses",
    address,
    rules: "/rules",
    editor: "/rules/new",
    lists: "/lists",
    journal: "/journal",
    system: "/system",
    settings: "/settings",
  };
}

export async function seriousFindings(page) {
  // Run by the debugger, which the page's own policy does not bind.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, { resultTypes: ["violations"] }),
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id} (${nodes.length}: ${nodes[0].target.join(" ")})`);
}

export async function looks(open, base, state, shots) {
  const finder = await open({ storageState: state });
  const pages = await pagesOf(await finder.newPage(), base);
  await finder.close();
  for (const colorScheme of ["light", "dark"]) {
    for (const viewport of WIDTHS) {
      const context = await open({ storageState: state, colorScheme, viewport });
      const page = await context.newPage();
      for (const [name, path] of Object.entries(pages)) {
        await check(`looks: ${name}, ${colorScheme}, ${viewport.width} px`, async () => {
          await page.goto(base + path);
          await page.locator("main h1, main h2").first().waitFor({ timeout: 15_000 });
          await page
            .waitForFunction(() => !document.querySelector(".skeleton"), null, { timeout: 10_000 })
            .catch(() => {});
          await page.waitForTimeout(400);
          if (shots) {
            const file = `${name}-${colorScheme}-${viewport.width}.png`;
            await page.screenshot({ path: join(shots, file) });
          }
          const over = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          const inner = await page.evaluate(() => {
            const main = document.querySelector("main");
            return main.scrollWidth - main.clientWidth;
          });
          expect(over <= 0 && inner <= 0, `${Math.max(over, inner)} px wider than the screen`);
          const findings = await seriousFindings(page);
          expect(findings.length === 0, findings.join("; "));
        });
      }
      await context.close();
    }
  }
}
