// Addresses, settings, withdrawals.
import { randomBytes } from "node:crypto";
import { check, expect } from "../report.mjs";
import { answerTo, at, confirm, enter, request, tokenOf, withPasskey } from "./steps.mjs";

const fresh = () => `0x${randomBytes(20).toString("hex")}`;
/** Both ends of another address, and another middle: what a poisoner makes. */
const poisoned = (address) =>
  address.slice(0, 8) + randomBytes(14).toString("hex") + address.slice(-6);
const grouped = (address) => ["0x", ...address.slice(2).match(/.{1,4}/g)];

async function look({ page }, address) {
  await page.getByLabel("Network").waitFor();
  const id = await page
    .locator("select option", { hasText: "Ethereum" })
    .first()
    .getAttribute("value");
  await page.getByLabel("Network").selectOption(id);
  await page.getByLabel("Address", { exact: true }).fill(address);
  await page.getByRole("button", { name: "Look at it" }).click();
}

export async function book(run) {
  const { page } = run;
  await enter(run);
  const address = fresh();
  await check("an address with a wrong length is refused at its field", async () => {
    await at(run, "book/add");
    await look(run, address.slice(0, -1));
    await page.locator("[aria-invalid]").waitFor();
  });
  await check("an address is confirmed whole, in groups of four, and then waits", async () => {
    await withPasskey(run, async () => {
      await at(run, "book/add");
      await look(run, address);
      await page.getByLabel("What you call it").fill("Test wallet");
      await page.getByRole("button", { name: "Add it" }).click();
      const dialog = page.locator("dialog.is-confirm");
      await dialog.waitFor();
      const groups = await dialog.locator("[data-address] > span").allTextContents();
      const wanted = grouped(address);
      expect(groups.join(" ").toLowerCase() === wanted.join(" "), groups.join(" "));
      await confirm(run, page.locator('[data-entry="Test wallet"]'));
      const entry = await page.locator('[data-entry="Test wallet"]').innerText();
      expect(/Usable in \d+/.test(entry), entry);
    });
  });
  await check("a look-alike of it is said to be one, with the difference marked", async () => {
    await at(run, "book/add");
    await look(run, poisoned(address));
    const warning = page.locator("[data-look-alike]");
    await warning.waitFor();
    expect((await warning.innerText()).includes("Test wallet"), "it does not say of which");
    const marked = await warning.locator("mark").count();
    expect(marked >= 10 && marked <= 28, `${marked} characters are marked`);
    return `${marked} characters are marked`;
  });
  await check("an address is taken out of the book", async () => {
    await withPasskey(run, async () => {
      await at(run, "book");
      await page.getByRole("button", { name: "Remove Test wallet" }).click();
      const gone = page.locator(".toast");
      await confirm(run, gone.first());
      await page.locator('[data-entry="Test wallet"]').waitFor({ state: "detached" });
    });
  });
}

export async function settings(run) {
  const { page } = run;
  await enter(run);
  const line = page.locator('[data-setting="delay_s"]');
  async function choose(value) {
    await at(run, "limits/delay_s");
    await page.locator(`input[value="${value}"]`).check();
    return page.locator("[data-effect]").getAttribute("data-effect");
  }
  await check("a stricter setting says that it is in force at once, and is", async () => {
    await withPasskey(run, async () => {
      expect((await choose(3_600)) === "now", "it does not say so");
      await page.getByRole("button", { name: "Make it stricter" }).click();
      await confirm(run, line);
      expect((await line.innerText()).includes("1 hour"), await line.innerText());
    });
  });
  await check("a looser one says how long it waits, and waits", async () => {
    await withPasskey(run, async () => {
      expect((await choose(0)) === "later", "it does not say so");
      await page.getByRole("button", { name: "Loosen it after the wait" }).click();
      await confirm(run, page.locator('[data-waiting="delay_s"]'));
      expect((await line.innerText()).includes("1 hour"), "it is loosened already");
    });
  });
  await check("what waits is taken back", async () => {
    await withPasskey(run, async () => {
      await at(run, "limits");
      await page.getByRole("button", { name: "Take it back" }).click();
      await confirm(run, page.locator(".toast").first());
      await page.locator('[data-waiting="delay_s"]').waitFor({ state: "detached" });
    });
  });
}

/** Asks for a withdrawal of the first asset of Ethereum to an address that is not in the book. */
async function ask(run, amount, address) {
  const { page } = run;
  await at(run, "withdraw");
  await page.getByLabel("Asset").waitFor();
  const options = await page.getByLabel("Asset").locator("option").allTextContents();
  await page
    .getByLabel("Asset")
    .selectOption({ label: options.find((text) => text.includes("Ethereum")) });
  await page.getByLabel(/^Amount in/).fill(amount);
  await page.getByRole("button", { name: "Go on" }).click();
  const other = page.getByText("Another address", { exact: true });
  const field = page.getByLabel("Address", { exact: true });
  await other.or(field).first().waitFor();
  if (await other.isVisible()) await other.click();
  await field.fill(address);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("button", { name: "It is this one" }).click();
  await page.locator("[data-foreseen]").first().waitFor();
}
const shown = ({ page }) => page.locator("[data-withdrawal]").first();

export async function withdrawals(run) {
  const { page } = run;
  await enter(run);
  const address = fresh();
  await check("an amount with a comma is not guessed", async () => {
    await at(run, "withdraw");
    await page.getByLabel(/^Amount in/).fill("1,5");
    await page.getByRole("button", { name: "Go on" }).click();
    await page.locator("[aria-invalid]").waitFor();
  });
  await check("before it is asked it says what will happen", async () => {
    await ask(run, "0.001", address);
    const kinds = await page.$$eval("[data-foreseen]", (all) =>
      all.map((one) => one.dataset.foreseen),
    );
    expect(kinds.includes("waits") && kinds.includes("asked"), kinds.join(", "));
  });
  await check(
    "a withdrawal is confirmed with amount and whole address, and is held with reasons",
    async () => {
      await withPasskey(run, async () => {
        await page.getByRole("button", { name: "Ask for it" }).click();
        await page.waitForURL(/withdrawals\//);
        await shown(run).waitFor();
        if ((await shown(run).getAttribute("data-withdrawal")) === "challenged") {
          const text = await shown(run).innerText();
          expect(text.includes("0.001"), "the amount is not shown");
          const groups = await shown(run).locator("[data-address] > span").allTextContents();
          expect(groups.join("").toLowerCase() === address, groups.join(" "));
          await page.getByRole("button", { name: "Confirm with your passkey" }).click();
        }
        await page.locator('[data-withdrawal="held"]').waitFor();
        expect((await page.locator("[data-reason]").count()) > 0, "no reason is shown");
        expect((await page.getByRole("timer").count()) > 0, "no countdown");
      });
    },
  );
  await check("it is cancelled, and then it is over", async () => {
    const id = page.url().split("/").at(-1);
    await page.getByRole("button", { name: "Cancel this withdrawal" }).click();
    await page.getByRole("button", { name: "Cancel it" }).click();
    await page.locator('[data-withdrawal="cancelled"]').waitFor();
    const again = await request(
      run,
      "POST",
      `/v1/withdrawals/${id}/cancel`,
      {},
      await tokenOf(run),
    );
    expect(
      again.status === 409 && again.body.code === "withdrawal.ended",
      `${again.status} ${again.body?.code}`,
    );
  });
  await check("refused: a passkey's answer for one withdrawal given for another", async () => {
    await withPasskey(run, async () => {
      const token = await tokenOf(run);
      const assets = (await request(run, "GET", "/v1/my/assets")).body;
      const { network, asset } = (assets.items ?? assets).find((one) => one.network === "eip155:1");
      const make = async (to, amount) => {
        const request_id = crypto.randomUUID();
        const sent = { request_id, network, asset, amount, to };
        return (await request(run, "POST", "/v1/withdrawals", sent, token)).body;
      };
      const mine = await make(address, "1000");
      const theirs = await make(fresh(), "1000");
      expect(mine.confirm && theirs.confirm, `${mine.state}, ${theirs.state}`);
      const response = await answerTo(run, mine.confirm.options);
      const { ceremony } = theirs.confirm;
      const path = `/v1/withdrawals/${theirs.id}/confirm`;
      const { status } = await request(
        run,
        "POST",
        path,
        { confirmation: { ceremony, response } },
        token,
      );
      expect(status >= 400 && status < 500, `answered ${status}`);
      const after = (await request(run, "GET", `/v1/withdrawals/${theirs.id}`)).body;
      expect(!["approved", "released"].includes(after.state), after.state);
      expect(after.confirm !== null, "it counts as confirmed");
      for (const { id } of [mine, theirs])
        await request(run, "POST", `/v1/withdrawals/${id}/cancel`, {}, token);
    });
  });
  await check("the same request asked twice is one withdrawal", async () => {
    const token = await tokenOf(run);
    const assets = (await request(run, "GET", "/v1/my/assets")).body;
    const { network, asset } = (assets.items ?? assets).find((one) => one.network === "eip155:1");
    const sent = { request_id: crypto.randomUUID(), network, asset, amount: "1000", to: address };
    const [first, second] = [
      await request(run, "POST", "/v1/withdrawals", sent, token),
      await request(run, "POST", "/v1/withdrawals", sent, token),
    ];
    expect(first.body.id === second.body.id, `${first.status}, ${second.status}`);
    await request(run, "POST", `/v1/withdrawals/${first.body.id}/cancel`, {}, token);
  });
  await check("the interview offers to pause first, where one is held", async () => {
    await ask(run, "2", address);
    await page.getByRole("button", { name: "Ask for it" }).click();
    await page.waitForURL(/withdrawals\//);
    const pause = page.getByRole("button", { name: /Pause/ });
    await pause.or(shown(run)).first().waitFor();
    if (!(await pause.isVisible())) return "none is held here";
    expect(
      (await pause.getAttribute("class")).includes("primary"),
      "another button is the prominent one",
    );
    expect(
      await page.getByRole("button", { name: /go on/ }).isDisabled(),
      "it goes on without answers",
    );
    await pause.click();
    await page.locator('[data-withdrawal="cancelled"]').waitFor();
    return "held, and paused";
  });
}
