// The staff's side: a passkey of their own, and one customer at a time, for a case.
import { check, expect } from "../report.mjs";
import { seriousFindings } from "../looks.mjs";
import { addAuthenticator } from "./authenticator.mjs";

/** The alert of the stand-in that is about every customer. */
const STAND_IN_ALERT = "7";

export async function staffWalk({ open, origin, email, staffToken, isStandIn }) {
  if (!staffToken && !isStandIn)
    return console.log("     left out without --staff-token: the staff");
  const page = await (await open()).newPage();
  page.setDefaultTimeout(15_000);
  const authenticator = await addAuthenticator(page);
  if (staffToken) {
    await page.goto(`${origin}/#/welcome?token=${staffToken}`);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL("**/live");
  }
  await check("staff add a passkey under Settings", async () => {
    await page.goto(`${origin}/settings`);
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("Desk");
    await page.getByRole("button", { name: "Create it" }).click();
    await page.getByRole("region", { name: "Your passkeys" }).getByText("Desk").waitFor();
  });
  await check("staff sign in with it, without a link", async () => {
    await page.locator(".sidebar .person").click();
    await page.getByText("Sign out").click();
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await page.locator(".sidebar .person").waitFor();
  });
  await check(
    "a customer is found by the whole e-mail, masked, and not by a part of it",
    async () => {
      await page.goto(`${origin}/customers`);
      const field = page.getByLabel("E-mail or customer number, whole");
      await field.fill(email.slice(0, -1));
      await page.getByRole("button", { name: "Find", exact: true }).click();
      await page.getByRole("alert").waitFor();
      await field.fill(email);
      await page.getByRole("button", { name: "Find", exact: true }).click();
      await page.getByRole("region", { name: "Found" }).waitFor();
      const text = await page.locator("main").innerText();
      expect(!text.includes(email), "the e-mail is shown whole");
    },
  );
  const view = page.getByRole("button", { name: "Open a masked view" });
  await check("no view opens without a case, or with a reason of nine characters", async () => {
    await page.getByLabel("Alert", { exact: true }).fill("999999");
    await page.getByLabel("Why you look").fill("too short");
    expect(await view.isDisabled(), "nine characters are taken");
    await page.getByLabel("Why you look").fill("A test of what is refused");
    await view.click();
    await page.getByRole("alert").waitFor();
    expect((await page.getByText("This view closes in").count()) === 0, "a view opened");
  });
  if (isStandIn) {
    await check(
      "a view is masked, closes by itself, and offers nothing that shortens",
      async () => {
        await page.getByLabel("Alert", { exact: true }).fill(STAND_IN_ALERT);
        await view.click();
        await page.getByText("This view closes in").waitFor();
        const text = await page.locator("main").innerText();
        expect(!text.includes(email), "the e-mail is shown whole");
        const names = await page.getByRole("button").allInnerTexts();
        expect(
          !names.some((name) => /unfreeze|end|shorten|remove|lift/i.test(name)),
          names.join(", "),
        );
        const findings = await seriousFindings(page);
        expect(findings.length === 0, findings.join("; "));
      },
    );
    await check("a call is marked, and its end", async () => {
      await page.getByRole("button", { name: "I am calling now…" }).click();
      await page.getByRole("dialog").getByRole("textbox").fill("about your withdrawal");
      await page.getByRole("button", { name: "Say so on their page" }).click();
      await page.getByRole("button", { name: "The call has ended" }).click();
      await page.getByRole("button", { name: "I am calling now…" }).waitFor();
    });
  }
  await check("staff remove the passkey again", async () => {
    await page.goto(`${origin}/settings`);
    await page.getByRole("row", { name: /Desk/ }).getByRole("button", { name: "Remove…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByRole("row", { name: /Desk/ }).waitFor({ state: "detached" });
  });
  await authenticator.remove();
  await page.context().close();
}
