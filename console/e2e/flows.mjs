// What people do in the console, from signing in to signing out, on whatever data are there.
import { check, expect } from "./report.mjs";

const ROW = ".table-row.is-body";
const rowIds = (page) =>
  page.$$eval(ROW, (rows) =>
    rows
      .sort(
        (a, b) => Number(a.getAttribute("aria-rowindex")) - Number(b.getAttribute("aria-rowindex")),
      )
      .map((row) => row.id),
  );
const firstRow = async (page) => (await rowIds(page))[0];
const awayFromTable = (page) => page.mouse.move(400, 20);
const settle = (page) => page.waitForLoadState("networkidle", { timeout: 2_000 }).catch(() => {});

export async function signIn(context, base, token) {
  const page = await context.newPage();
  await check("signed out: the page says how to sign in", async () => {
    await page.goto(`${base}/live`);
    await page.getByRole("heading", { name: "Sign-in is needed" }).waitFor();
  });
  await check("sign-in link: the token leaves the address bar at once", async () => {
    // Opened in a new document, as a link from a message is.
    await page.goto("about:blank");
    await page.goto(`${base}/#/welcome?token=${token}`);
    await page.getByRole("heading", { name: /Welcome/ }).waitFor();
    expect(!page.url().includes(token), page.url());
  });
  await check("sign-in link: signs in once and leads to the live page", async () => {
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL("**/live");
    await page.locator(ROW).first().waitFor({ timeout: 15_000 });
  });
  return page;
}

export async function live(page, base) {
  await page.goto(`${base}/live`);
  await page.locator(ROW).first().waitFor({ timeout: 15_000 });
  await awayFromTable(page);
  await check("live: figures come with the stream", async () => {
    await page.waitForFunction(
      () => /\d/.test(document.querySelector(".meter .figure")?.textContent ?? ""),
      null,
      { timeout: 10_000 },
    );
  });
  await check("live: new decisions appear by themselves", async () => {
    const before = await firstRow(page);
    await page.waitForFunction(
      ([selector, id]) => {
        const rows = [...document.querySelectorAll(selector)];
        const first = rows.find((row) => row.getAttribute("aria-rowindex") === "2");
        return first && first.id !== id;
      },
      [ROW, before],
      { timeout: 20_000 },
    );
  });
  await check("live: paused rows stay, and the new ones are counted", async () => {
    await page.getByRole("button", { name: "Pause" }).click();
    const before = await rowIds(page);
    const bar = page.locator(".new-rows");
    await bar.waitFor({ timeout: 20_000 });
    const after = await rowIds(page);
    expect(before[0] === after[0] && before[5] === after[5], "rows moved while paused");
    const text = await bar.textContent();
    await bar.click();
    await page.waitForTimeout(300);
    expect((await firstRow(page)) !== before[0], "the bar did not show the new rows");
    await page.getByRole("button", { name: "Go on" }).click();
    return text.trim();
  });
  await check("live: rows wait while the pointer is on them", async () => {
    // Not `hover`: while rows come it tries again and scrolls, and a scrolled list waits for longer.
    const box = await page.locator(ROW).nth(3).boundingBox();
    await page.mouse.move(box.x + 20, box.y + box.height / 2);
    await page.waitForTimeout(400);
    const before = await firstRow(page);
    await page.locator(".new-rows").waitFor({ timeout: 20_000 });
    expect((await firstRow(page)) === before, "rows moved under the pointer");
    await awayFromTable(page);
    await page.waitForFunction(() => !document.querySelector(".new-rows"), null, {
      timeout: 5_000,
    });
  });
  await check("live: only the rows in view are drawn", async () => {
    const drawn = await page.locator(ROW).count();
    expect(drawn > 0 && drawn < 90, `${drawn} rows in the document`);
    return `${drawn} rows`;
  });
  await check("live: filters are chips and live in the URL", async () => {
    await page.getByRole("button", { name: "Filter" }).first().click();
    await page.locator(".menu-item", { hasText: "Hold" }).click();
    await page.keyboard.press("Escape");
    expect(page.url().includes("level=hold"), page.url());
    await page.waitForFunction(
      (selector) => {
        const rows = [...document.querySelectorAll(selector)];
        return rows.length > 0 && rows.every((row) => row.querySelector(".verdict-hold"));
      },
      ROW,
      { timeout: 10_000 },
    );
    await page.getByRole("button", { name: /Remove filter Verdict/ }).click();
    expect(!page.url().includes("level="), page.url());
  });
  await check("live: j, k and Enter walk and open", async () => {
    await page.waitForFunction((selector) => document.querySelectorAll(selector).length > 3, ROW);
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    const active = await page.locator(`${ROW}.is-active`).getAttribute("id");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/decisions\/\d+/);
    expect(page.url().endsWith(active.split("-").at(-1)), `${active} opened ${page.url()}`);
  });
  await check("live: back returns to the same rows", async () => {
    await page.goBack();
    await page.locator(`${ROW}.is-active`).waitFor({ timeout: 5_000 });
  });
}

export async function decision(page, base) {
  await page.goto(`${base}/live?level=hold&level=deny`);
  await page.locator(ROW).first().waitFor({ timeout: 20_000 });
  await page.locator(ROW).first().click();
  await page.waitForURL(/\/decisions\/\d+/);
  await check("decision: says why, with evidence and how to resolve it", async () => {
    await page.locator(".reason-sentence").first().waitFor();
    expect((await page.locator(".evidence li").count()) > 0, "no evidence");
    expect((await page.locator(".remedy").count()) > 0, "no way to resolve it");
  });
  await check("decision: the rule that fired is named", async () => {
    expect((await page.locator(".trace.is-fired").count()) > 0, "no fired rule");
  });
  await check("decision: the receipt is verified in the page", async () => {
    await page.locator('[data-receipt="held"]').waitFor({ timeout: 10_000 });
    const states = await page.$$eval("[data-step]", (steps) =>
      steps.map((step) => `${step.dataset.step} ${step.dataset.state}`),
    );
    expect(states.length >= 6, states.join(", "));
    expect(
      states.every((state) => state.endsWith(" held")),
      states.join(", "),
    );
    return `${states.length} steps`;
  });
  await check("decision: a changed receipt is refused", async () => {
    await page.route("**/receipt", async (route) => {
      const response = await route.fetch();
      const receipt = await response.json();
      const entry = Buffer.from(receipt.entry, "base64");
      entry[entry.length - 1] ^= 1;
      await route.fulfill({ response, json: { ...receipt, entry: entry.toString("base64") } });
    });
    await page.reload();
    await page.locator('[data-receipt="failed"]').waitFor({ timeout: 10_000 });
    await page.unroute("**/receipt");
  });
}

async function total(page) {
  const text = await page.locator(".page-head .muted").first().textContent();
  return Number(text.replace(/[^\d]/g, ""));
}

export async function alerts(page, base) {
  await page.goto(`${base}/alerts?status=open&status=in_review`);
  await page.locator(ROW).first().waitFor({ timeout: 20_000 });
  await awayFromTable(page);
  await check("alerts: sort lives in the URL", async () => {
    await page.getByRole("button", { name: "Last seen" }).click();
    await page.waitForURL(/sort=last_seen/);
    await settle(page);
  });
  await check("alerts: opens beside the queue, with what the customer would see", async () => {
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/alerts\/\d+/);
    await page.getByRole("heading", { name: "What the customer would see" }).waitFor();
    expect((await page.locator(ROW).count()) > 0, "the queue is gone");
  });
  await check("alerts: assign and release", async () => {
    const panel = page.locator(".panel");
    const release = panel.getByRole("button", { name: "Release" });
    if ((await release.count()) > 0) {
      await release.click();
      await panel.getByRole("button", { name: "Assign to me" }).waitFor();
    }
    await panel.getByRole("button", { name: "Assign to me" }).click();
    await release.waitFor({ timeout: 10_000 });
    await release.click();
    await panel.getByRole("button", { name: "Assign to me" }).waitFor({ timeout: 10_000 });
  });
  await check("alerts: a note stays in the history", async () => {
    const note = `Looked at by the end-to-end run at ${new Date().toISOString()}`;
    await page.getByLabel("Note").fill(note);
    await page.getByRole("button", { name: "Add note" }).click();
    await page.locator(".history-note", { hasText: note }).waitFor({ timeout: 10_000 });
  });
  await check("alerts: Escape closes the panel and keeps the filters", async () => {
    await page.locator(".panel-head").click();
    await page.keyboard.press("Escape");
    await page.waitForURL(/\/alerts\?/);
    expect(page.url().includes("status=open"), page.url());
  });
  await check("alerts: bulk close needs an outcome and a note, and can be undone", async () => {
    await settle(page);
    const chosen = (await rowIds(page)).slice(0, 2);
    for (const id of chosen) await page.locator(`[id="${id}"] input[type=checkbox]`).check();
    await page.getByRole("group", { name: "Selected alerts" }).waitFor();
    await page.getByRole("button", { name: "Close…" }).click();
    const confirm = page.getByRole("dialog").getByRole("button", { name: /^Close \d/ });
    expect(await confirm.isDisabled(), "it can be closed without a reason");
    await page.getByLabel(/False alarm/).check();
    await page.getByLabel("Why").fill("Closed and reopened by the end-to-end run.");
    await confirm.click();
    await page.locator(".toast", { hasText: "closed" }).waitFor({ timeout: 10_000 });
    await page.waitForFunction((ids) => ids.every((id) => !document.getElementById(id)), chosen, {
      timeout: 10_000,
    });
    await page.getByRole("button", { name: /^Undo/ }).click();
    await page.locator(".toast", { hasText: "Undone" }).waitFor({ timeout: 10_000 });
    await page.waitForFunction((ids) => ids.every((id) => document.getElementById(id)), chosen, {
      timeout: 10_000,
    });
    return `${await total(page)} in the queue`;
  });
}

export async function address(page, base) {
  await page.goto(`${base}/alerts`);
  await page.locator(ROW).first().waitFor({ timeout: 20_000 });
  await page.locator(`${ROW} .address-text`).first().click();
  await page.waitForURL(/\/addresses\//);
  await check("address: what was checked and what was not", async () => {
    await page.getByRole("heading", { name: "What was checked" }).waitFor({ timeout: 10_000 });
    await page.getByRole("heading", { name: "What was not" }).waitFor();
    expect(!/\bsafe\b/i.test(await page.locator("main").textContent()), 'it says "safe"');
  });
  const canvas = page.locator(".flow-canvas");
  const nodes = async () => Number(await canvas.getAttribute("data-nodes"));
  await check("address: the flow graph is drawn", async () => {
    await canvas.waitFor({ timeout: 15_000 });
    await canvas.scrollIntoViewIfNeeded();
    expect((await nodes()) >= 2, `${await nodes()} nodes`);
    return `${await nodes()} nodes`;
  });
  await check("address: services are hidden and shown", async () => {
    await page.getByRole("button", { name: "Show services" }).click();
    const all = await nodes();
    await page.getByRole("button", { name: "Hide services" }).click();
    const without = await nodes();
    await page.getByRole("button", { name: "Fold services" }).click();
    expect(without <= all && (await nodes()) <= all, `${without} of ${all}`);
    return `${without} of ${all} are no services`;
  });
  await check("address: a node opens beside the graph and expands by keyboard", async () => {
    await page.getByRole("button", { name: "Show services" }).click();
    await canvas.focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    const panel = page.locator(".flow-panel");
    await panel.waitFor();
    const here = page.url();
    let expand = panel.getByRole("button", { name: "Expand" });
    if ((await expand.count()) === 0) {
      await canvas.focus();
      await page.keyboard.press("ArrowLeft");
      expand = panel.getByRole("button", { name: "Expand" });
    }
    const asked = page.waitForResponse(/\/graph\?/, { timeout: 10_000 });
    await canvas.focus();
    await page.keyboard.press("Enter");
    await asked;
    await panel.getByRole("button", { name: "Collapse" }).click({ timeout: 10_000 });
    await expand.waitFor();
    expect(page.url() === here, "it left the page");
  });
  await check("address: the path to the source is shown in the graph", async () => {
    const path = page.locator(".show-path").first();
    if ((await path.count()) === 0) return "no exposure here";
    await path.click();
    const chip = page.locator(".chip", { hasText: "Path" });
    await chip.waitFor({ timeout: 10_000 });
    await chip.click();
  });
  await check("address: the same flows as a table", async () => {
    await page.getByRole("button", { name: "As a table" }).click();
    await page.getByRole("region", { name: "Flows" }).locator("tbody tr").first().waitFor();
  });
  await check("address: the middle of an address is one click away", async () => {
    await page.goto(`${base}/live`);
    await page.locator(ROW).first().click();
    await page.waitForURL(/\/decisions\//);
    await page.locator(".transfer .middle").first().click();
    const whole = await page.locator(".transfer .mono.whole").first().textContent();
    expect(whole.length >= 26 && !whole.includes("…"), whole);
  });
}

const BROKEN = `
[[rule]]
id = "e2e.no.such.fact"
when = 'from.no_such_fact >= 1'
then = "hold"
sentence = "A rule of the end-to-end run."
remedy = "None."
`;

export async function rules(page, base) {
  await check("rules: versions with their rules and hits", async () => {
    await page.goto(`${base}/rules`);
    await page.locator(".rule-row").first().waitFor({ timeout: 10_000 });
    expect((await page.locator(".version").count()) > 0, "no version");
  });
  await check("rules: an error shows while one types, and going to it works", async () => {
    await page.goto(`${base}/rules/new`);
    const text = page.getByRole("textbox", { name: "Text of the rules" });
    await text.waitFor({ timeout: 10_000 });
    await page.locator(".check .good").first().waitFor({ timeout: 10_000 });
    const before = await text.inputValue();
    await text.fill(before + BROKEN);
    const error = page.locator(".check-error").first();
    await error.waitFor({ timeout: 10_000 });
    expect(
      await page.getByRole("button", { name: "Save as a draft…" }).isDisabled(),
      "text with an error can be saved",
    );
    const words = await error.textContent();
    if (await error.isEnabled()) await error.click();
    await text.fill(before);
    await page.locator(".check .good").first().waitFor({ timeout: 10_000 });
    return words.trim();
  });
  await check("rules: a backtest tells what would change", async () => {
    await page.getByRole("button", { name: "Run a backtest" }).click();
    await page.locator(".backtest-figures").waitFor({ timeout: 90_000 });
    return (await page.locator(".backtest-figures").textContent()).trim();
  });
}

export async function everywhere(page, base) {
  await page.goto(`${base}/live`);
  await page.locator(ROW).first().waitFor({ timeout: 15_000 });
  await check("palette: reaches a page", async () => {
    await page.keyboard.press("Control+k");
    await page.keyboard.type("signed record");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/journal");
  });
  await check("journal: its head is verified in the page", async () => {
    await page.locator('[data-step="signature"][data-state="held"]').waitFor({ timeout: 10_000 });
  });
  await check("palette: finds an address that was pasted", async () => {
    await page.goto(`${base}/alerts`);
    const link = page.locator(`${ROW} .address-text`).first();
    await link.waitFor({ timeout: 15_000 });
    const whole = await link.getAttribute("title");
    await page.keyboard.press("Control+k");
    await page.keyboard.type(whole);
    await page.locator(".palette-item .mono").first().waitFor({ timeout: 10_000 });
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/addresses\//);
  });
  await check("keys: ? shows them, and Escape leaves", async () => {
    await page.keyboard.press("?");
    await page.getByRole("heading", { name: "Keys" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { name: "Keys" }).waitFor({ state: "detached" });
  });
  await check("keys: g l and g a go to pages", async () => {
    await page.keyboard.press("g");
    await page.keyboard.press("a");
    await page.waitForURL("**/alerts");
    await page.keyboard.press("g");
    await page.keyboard.press("l");
    await page.waitForURL("**/live");
  });
  await check("theme: is chosen and stays after loading again", async () => {
    await page.getByRole("button", { name: "Dark theme" }).click();
    await page.reload();
    const theme = await page.evaluate(() => document.documentElement.dataset.theme);
    expect(theme === "dark", String(theme));
    await page.getByRole("button", { name: "System theme" }).click();
  });
  await check("settings: an API key's secret is shown once", async () => {
    await page.goto(`${base}/settings`);
    await page.getByRole("button", { name: "Create" }).click();
    const name = `e2e ${Date.now()}`;
    await page.getByLabel("Which system uses it").fill(name);
    await page.getByRole("button", { name: "Create the key" }).click();
    const secret = await page.locator(".once").textContent();
    await page.getByRole("button", { name: "I have kept it" }).click();
    await page.reload();
    const row = page.locator("tr", { hasText: name });
    await row.waitFor();
    expect(!(await page.content()).includes(secret), "the secret is still in the page");
    await row.getByRole("button", { name: "Revoke…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await row.getByText("revoked").waitFor({ timeout: 10_000 });
  });
  await check("an unknown page and an unknown decision say so", async () => {
    await page.goto(`${base}/no-such-page`);
    await page.getByRole("heading", { name: "There is no page here" }).waitFor();
    await page.goto(`${base}/decisions/900000000000`);
    await page.locator(".fault").first().waitFor({ timeout: 10_000 });
    expect((await page.locator(".fault code").count()) > 0, "no id to quote");
  });
}

export async function lostConnection(page, base) {
  await check("a lost connection says how old the data are, and comes back", async () => {
    await page.route("**/v1/stream*", (route) => route.abort());
    await page.goto(`${base}/live`);
    await page.locator(".stale").first().waitFor({ timeout: 20_000 });
    const text = await page.locator(".stale").first().textContent();
    await page.unroute("**/v1/stream*");
    await page.locator(".stale").first().waitFor({ state: "detached", timeout: 30_000 });
    return text.trim();
  });
}

export async function signOut(page, base) {
  await check("sign out: the session ends", async () => {
    await page.goto(`${base}/live`);
    await page.locator(".sidebar .person").click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign-in is needed" }).waitFor({ timeout: 10_000 });
    await page.reload();
    await page.getByRole("heading", { name: "Sign-in is needed" }).waitFor({ timeout: 10_000 });
  });
}
