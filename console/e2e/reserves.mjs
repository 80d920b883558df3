// Walks the customers' page of a proof of reserves in Chromium.
//
//   node e2e/reserves.mjs SITE_DIR RECEIPT [--witness KEY_FILE] [--page DIR] [--shots DIR] [--skip-looks] [--brief]
//
// SITE_DIR holds rounds.json, the folders that it lists and the log of rounds; RECEIPT is one of the
// newest round; KEY_FILE has the key of a witness that co-signed the log. The page is taken from DIR, by
// default dist/. Nothing is written but screenshots. With --brief only that is walked which depends on
// what a round says: for a second round, of another kind.
import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { start } from "./browser.mjs";
import { WIDTHS, seriousFindings } from "./looks.mjs";
import { check, close, expect } from "./report.mjs";
import { POLICY, Round, serve } from "./site.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    page: { type: "string", default: resolve(import.meta.dirname, "../dist") },
    witness: { type: "string" },
    shots: { type: "string" },
    "skip-looks": { type: "boolean", default: false },
    brief: { type: "boolean", default: false },
  },
});
const [siteFolder, receiptFile] = positionals;
if (!siteFolder || !receiptFile) {
  console.error("usage: node e2e/reserves.mjs SITE_DIR RECEIPT [--witness KEY_FILE] [--page DIR] [--shots DIR]");
  process.exit(2);
}
if (values.shots) mkdirSync(values.shots, { recursive: true });

// The goal is 1 s; three where machines are shared.
const TOOK_MS_MAX = 3_000;
const BYTES_MAX = 2_000_000;

const site = resolve(siteFolder);
const round = new Round(site);
const receiptBytes = readFileSync(receiptFile);
const receipt = JSON.parse(receiptBytes);
const shardName = `shards/${String(receipt.shard).padStart(5, "0")}.proof`;
const day = 86_400_000;
const takenAt = round.header.snapshot_at * 1000;

const flipped = (name) => {
  const bytes = Buffer.from(round.read(name));
  bytes[bytes.length >> 1] ^= 1;
  return bytes;
};
const lowered = { ...round.liabilities, totals: [...round.liabilities.totals] };
lowered.totals[0] = `${BigInt(lowered.totals[0]) - 1n}`;

const logProof = round.read("journal.proof").toString();
const logKey = readFileSync(join(site, "log/log.vkey"), "utf8").trim();
const witnessKey = values.witness && readFileSync(values.witness, "utf8").trim();
const proofOf = (text) => ({ files: round.changed({ "journal.proof": text }, { isListed: false }) });
const noLogProof = round.changed({ "journal.proof": null }, { isListed: false });
const [checkpointBody] = logProof.split("\n\n").slice(1);
const [, logSize, logRoot] = checkpointBody.split("\n");
const flippedRoot = (logRoot[0] === "A" ? "B" : "A") + logRoot.slice(1);
const lineOf = (name) => logProof.split("\n").find((line) => line.startsWith(`\u2014 ${name} `));
/** The last letters but the padding of a line, exchanged. */
const spoilt = (line) => line.replace(/.{8}=*$/, (end) => (end[0] === "A" ? "B" : "A") + end.slice(1));
// What is held, where the round says it, and lies about it: each in a bundle that is whole otherwise.
const LIST = "reserves/list.csv";
const hasList = round.manifest.files.some(({ name }) => name === LIST);
const textOf = (name) => (hasList ? round.read(name).toString() : "");
const list = textOf(LIST);
const [, firstRow = ""] = list.split("\n");
const rowCount = list.trim().split("\n").length - 1;
const replaced = (name, from, to) => {
  const text = textOf(name);
  if (hasList && !text.includes(from)) throw new Error(`${name} has no ${from}`);
  return round.changed(hasList ? { [name]: Buffer.from(text.replace(from, () => to)) } : {});
};
const raised = firstRow.replace(/,(\d+),/, (_, amount) => `,${BigInt(amount) + 1n},`);
const proved = JSON.parse(textOf("reserves/summary.json") || '{"assets":[{}]}').assets.find(
  ({ proof }) => proof !== "0",
)?.proof;
const HELD_LIES = {
  "held-twice": ["reserves.row.duplicate", LIST, replaced(LIST, firstRow, `${firstRow}\n${firstRow}`)],
  "held-borrowed": [
    "ownership.challenge.other_round",
    LIST,
    replaced(LIST, `round=${round.name}`, "round=1999-12"),
  ],
  "held-stolen": [
    "ownership.signature.other_key",
    LIST,
    // A row of somebody else, with the signature that was there.
    replaced(LIST, firstRow, `${firstRow}\n${foreign(firstRow)}`),
  ],
  "held-raised": ["reserves.row.amount_differs", LIST, replaced(LIST, firstRow, raised)],
  "held-unproved": [
    "evidence.proof.invalid",
    "reserves/evidence.jsonl",
    replaced("reserves/evidence.jsonl", '"nonce":"0x', '"nonce":"0x1'),
  ],
  "held-invented": [
    "proof.field",
    "reserves/summary.json",
    replaced("reserves/summary.json", `"${proved}"`, `"1${proved}"`),
  ],
};

/** Another account in a row, in its challenge too. */
function foreign(row) {
  const [, , address = ""] = row.split(",");
  return row.replaceAll(address, `0x${"5".repeat(40)}`);
}

const served = await serve([site, resolve(values.page)], {
  plain: {},
  // Figures that are made up are in no log.
  held: { files: { ...round.summary([10_234, 10_000, 11_807]), ...noLogProof } },
  short: { files: { ...round.summary([9_999, 10_112, 10_000]), ...noLogProof } },
  "no-wasm": { files: { "proof.wasm": null } },
  "wasm-forbidden": { policy: POLICY.replace(" 'wasm-unsafe-eval'", "") },
  empty: { files: { "rounds.json": Buffer.from('{"rounds":[]}') } },
  "no-rounds": { files: { "rounds.json": null } },
  "no-liabilities": { files: round.changed({ "liabilities.json": null }, { isListed: false }) },
  "no-totals": { files: round.changed({ "totals.proof": null }, { isListed: false }) },
  "no-shard": { files: round.changed({ [shardName]: null }, { isListed: false }) },
  exchanged: { files: round.changed({ [shardName]: flipped(shardName) }, { isListed: false }) },
  "shard-changed": { files: round.changed({ [shardName]: flipped(shardName) }) },
  "totals-changed": { files: round.changed({ "totals.proof": flipped("totals.proof") }) },
  // Whatever the round has of what is held, left away.
  bare: {
    files: round.changed(
      Object.fromEntries(
        round.manifest.files
          .filter(({ name }) => name.startsWith("reserves/"))
          .map(({ name }) => [name, null]),
      ),
    ),
  },
  "log-proof-other-root": proofOf(Buffer.from(logProof.replace(logRoot, flippedRoot))),
  "log-proof-grown": proofOf(Buffer.from(logProof.replace(`\n${logSize}\n`, `\n${BigInt(logSize) + 1n}\n`))),
  "log-proof-cut": proofOf(Buffer.from(logProof.slice(0, -5))),
  "log-proof-unsigned": proofOf(
    Buffer.from(logProof.replace(lineOf(logKey.split("+")[0]), spoilt(lineOf(logKey.split("+")[0])))),
  ),
  "log-proof-of-another": {
    files: round.changed({ "reserves/note.txt": Buffer.from("another manifest") }),
  },
  "no-log-proof": { files: noLogProof },
  "no-log-key": { files: { "log/log.vkey": null } },
  ...(witnessKey && {
    "witness-changed": proofOf(
      Buffer.from(logProof.replace(lineOf(witnessKey.split("+")[0]), spoilt(lineOf(witnessKey.split("+")[0])))),
    ),
  }),
  lowered: { files: round.changed({ "liabilities.json": Buffer.from(JSON.stringify(lowered)) }) },
  ...Object.fromEntries(
    // The log has the manifest that was, which would be told first.
    Object.entries(HELD_LIES).map(([variant, [, , files]]) => [
      variant,
      { files: { ...files, ...noLogProof } },
    ]),
  ),
  "held-exchanged": {
    files: hasList ? round.changed({ [LIST]: flipped(LIST) }, { isListed: false }) : {},
  },
});
const { url } = served;

/** An amount as the page shows it. */
function shown(units, decimals) {
  const padded = `${units}`.padStart(decimals + 1, "0");
  const whole = padded.slice(0, padded.length - decimals).replace(/\B(?=(\d{3})+$)/g, ",");
  const fraction = padded.slice(padded.length - decimals).replace(/0+$/, "");
  return fraction ? `${whole}.${fraction}` : whole;
}

/** A receipt with something else in it. */
const altered = (change) => {
  const copy = structuredClone(receipt);
  change(copy);
  return Buffer.from(JSON.stringify(copy));
};
const TAMPERED = {
  "an amount changed": [
    altered(({ entries }) => (entries[0].amount = `${BigInt(entries[0].amount) + 1n}`)),
    "proof.path",
  ],
  "an account changed": [altered((copy) => (copy.account += "x")), "proof.path"],
  "digests of the path exchanged": [altered(({ path }) => path.reverse()), "proof.path"],
  "a path cut short": [altered(({ path }) => path.pop()), "proof.field"],
  "the header of another round": [altered((copy) => (copy.header = "ab".repeat(32))), "proof.round"],
  "a round that is not here": [altered((copy) => (copy.round = "1999-01")), "proof.round"],
  "a shard that no round has": [altered((copy) => (copy.shard = 99_999)), "proof.field"],
  "an amount below zero": [altered(({ entries }) => (entries[0].amount = "-1")), "proof.field"],
  "text rearranged": [Buffer.from(JSON.stringify(receipt, null, 2)), "proof.canonical"],
  "text cut off": [receiptBytes.subarray(0, receiptBytes.length >> 1), "proof.canonical"],
  "another file": [Buffer.from("Dear customer,"), "proof.canonical"],
};

if (receipt.margin) {
  const ofMargin = {
    "a debt made smaller": altered(({ margin }) => {
      const owed = margin.find(({ debt }) => debt !== "0");
      owed.debt = `${BigInt(owed.debt) - 1n}`;
    }),
    "what is pledged and owed left away": altered((copy) => delete copy.margin),
  };
  for (const [name, bytes] of Object.entries(ofMargin)) TAMPERED[name] = [bytes, "proof.path"];
}

const toCheck = async (page, variant) => {
  // Another document: with only the part after # changed, there would be none.
  await page.goto("about:blank");
  await page.goto(`${url(variant)}#/check`);
  await page.getByRole("heading", { name: "Check my balance" }).waitFor();
};
const give = (page, bytes) =>
  page.locator("input[type=file]").setInputFiles({
    ...{ name: "receipt.json", mimeType: "application/json", buffer: bytes },
  });
const ended = async (page) => {
  const result = page.locator("[data-result]");
  await result.waitFor({ timeout: 60_000 });
  await page.locator("main h1").waitFor();
  return result.getAttribute("data-result");
};
const again = (page) => page.getByRole("button", { name: "Check another receipt" }).click();
const quoted = (page) => page.locator("[data-quote]").first().textContent();

async function overview(page) {
  await check("overview: says what is owed, exactly, and when balances were taken", async () => {
    await page.goto(url("plain"));
    await page.locator(".assets").waitFor();
    const { symbol, decimals } = round.header.assets[0];
    const text = await page.locator(`[data-asset="${symbol}"] .units`).first().textContent();
    const wanted = shown(round.liabilities.totals[0], decimals);
    expect(text === wanted, `${text} is not ${wanted}`);
    expect(/UTC/.test(await page.locator(".view-head time").textContent()), "no zone");
    return `${wanted} ${symbol}`;
  });
  await check("overview: without figures of what is held, says that", async () => {
    await page.goto(url("bare"));
    await page.locator(".assets").waitFor();
    const text = await page.locator("main").textContent();
    expect(text.includes("does not show what"), "the lead does not say it");
    expect((await page.locator(".coverage").count()) === 0, "a ratio is shown");
  });
  for (const [variant, verifier] of [
    ["plain", "wasm"],
    ["no-wasm", "second"],
  ]) {
    await check(`overview: checks the totals here, then every part (${variant})`, async () => {
      await page.goto("about:blank");
      await page.goto(url(variant));
      await page.getByRole("button", { name: "Check the totals now" }).click();
      await page.locator("[data-outcome=held]").waitFor({ timeout: 60_000 });
      const used = async () => {
        const line = page.locator("[data-verifier]");
        const found = await line.getAttribute("data-verifier");
        expect(found === verifier, `${found} checked it`);
        return line.textContent();
      };
      const first = await used();
      await page.getByRole("button", { name: /Check every part too/ }).click();
      await page.locator('[data-step="shards"][data-state="held"]').waitFor({ timeout: 120_000 });
      return `${first} ${await page.locator("[data-outcome]").textContent()} ${await used()}`;
    });
  }
  await check("overview: the second verifier finds the same", async () => {
    await page.goto("about:blank");
    await page.goto(url("plain"));
    await page.getByRole("button", { name: "Check the totals now" }).click();
    await page.getByRole("button", { name: "Check again with the second verifier" }).click();
    await page.locator("[data-verifier=second]").waitFor({ timeout: 60_000 });
    return page.locator("[data-outcome=held]").textContent();
  });
  await check("overview: other rounds show their totals and lead to themselves", async () => {
    const links = page.getByRole("link", { name: /Open and verify round/ });
    if ((await links.count()) === 0) return "the site has one round";
    await page.locator(".history .totals").first().waitFor();
    expect((await page.locator(".history .is-hold").count()) === 0, "a round is not linked");
    await links.first().click();
    await page.getByText("This is an earlier round").waitFor();
    await page.goBack();
    await page.getByText("This is an earlier round").waitFor({ state: "detached" });
  });
  await check("overview: a ratio is cut, and below 100 % is said in words", async () => {
    await page.goto(url("short"));
    await page.locator(".lead.is-short").waitFor();
    const first = page.locator("[data-asset]").first();
    // Cutting to base units left less than 99.99 % of what is owed.
    const text = await first.locator(".coverage").textContent();
    expect(/^99\.9[89] %$/.test(text), text);
    expect((await first.textContent()).includes("Below 100 %"), "no words");
    return `${await page.locator(".lead").textContent()} ${text}`;
  });
  await check("overview: levels are summed, and claims are called claims", async () => {
    await page.goto(url("held"));
    await page.locator(".coverage").first().waitFor();
    const text = await page.locator("main").textContent();
    expect(text.includes("claimed only") && text.includes("Claims are claims"), "no claims");
    expect((await page.locator(".is-short").count()) === 0, "something is short");
  });
}

const onRecord = async (page, variant) => {
  await page.goto("about:blank");
  await page.goto(url(variant));
  await page.locator("[data-record]").waitFor({ timeout: 30_000 });
  return page.locator("[data-record]").getAttribute("data-record");
};
const giveKeys = async (page, text) => {
  const field = page.getByLabel("The log’s key, and those of witnesses");
  if (!(await field.isVisible())) await page.getByText("Check with keys that you have").click();
  await field.fill(text);
  await page.getByRole("button", { name: "Check with these keys" }).click();
};
/** The key of a log of the same name that somebody else made up. */
function strangerKey() {
  const [name] = logKey.split("+");
  const { publicKey } = generateKeyPairSync("ed25519");
  const key = Buffer.concat([
    Buffer.from([1]),
    publicKey.export({ type: "spki", format: "der" }).subarray(-32),
  ]);
  const id = createHash("sha256").update(`${name}\n`).update(key).digest("hex").slice(0, 8);
  return `${name}+${id}+${key.toString("base64")}`;
}

async function record(page) {
  const detail = (step) => page.locator(`[data-step="${step}"]`).textContent();
  await check("record: the round is in the log, with the key of the site and what that is worth", async () => {
    expect((await onRecord(page, "plain")) === "held", await page.locator("main").textContent());
    expect((await page.locator("[data-source=site]").count()) === 1, "whose key?");
    expect((await detail("signature")).includes("only that this site agrees with itself"), "not said");
    return `${await detail("entry")} ${await detail("witnesses")}`;
  });
  await check("record: with keys from elsewhere", async () => {
    await giveKeys(page, [logKey, witnessKey].filter(Boolean).join("\n"));
    await page.locator("[data-source=reader]").waitFor();
    if (witnessKey) {
      const state = await page.locator('[data-step="witnesses"]').getAttribute("data-state");
      expect(state === "held", await detail("witnesses"));
    }
    return detail("witnesses");
  });
  await check("record: with the key of another log it is refused, and without keys again it is not", async () => {
    await giveKeys(page, strangerKey());
    const text = await quoted(page);
    expect(text.startsWith("code proof.log.signature\nfile journal.proof"), text);
    await page.getByRole("button", { name: "Without them again" }).click();
    await page.locator("[data-record=held]").waitFor();
  });
  await check("record: what is no key is said by its line", async () => {
    await giveKeys(page, `${logKey}\nhello`);
    await page.getByText("Line 2: it is not name+id+key.").waitFor();
  });
  const lies = {
    "log-proof-other-root": "proof.log",
    "log-proof-grown": "proof.log",
    "log-proof-cut": "proof.log",
    "log-proof-unsigned": "proof.log.signature",
    "log-proof-of-another": "proof.log",
  };
  for (const [variant, code] of Object.entries(lies)) {
    await check(`record: ${variant} is refused with ${code}`, async () => {
      expect((await onRecord(page, variant)) === "refused", "it was accepted");
      const text = await quoted(page);
      const wanted = new RegExp(`^code ${code}(\\.[a-z]+)?\nfile journal.proof\n`);
      expect(wanted.test(text), text);
      expect((await page.locator(".dotted li").count()) > 0, "nothing to do");
      return text.replaceAll("\n", ", ");
    });
  }
  await check("record: a round without a proof says that", async () => {
    expect((await onRecord(page, "no-log-proof")) === "absent", "it was found");
    await giveKeys(page, logKey);
    const text = await quoted(page);
    expect(text.startsWith("code proof.file.missing\nfile journal.proof"), text);
  });
  await check("record: without the log's key its signature is not checked", async () => {
    expect((await onRecord(page, "no-log-key")) === "held", "it was refused");
    const state = await page.locator('[data-step="signature"]').getAttribute("data-state");
    expect(state === "unavailable", await detail("signature"));
  });
  if (!witnessKey) return;
  await check("record: a changed co-signature is refused once its witness is known", async () => {
    expect((await onRecord(page, "witness-changed")) === "held", "a line is no witness");
    await giveKeys(page, witnessKey);
    const text = await quoted(page);
    expect(text.startsWith("code proof.log.witnesses\nfile journal.proof"), text);
    return text.replaceAll("\n", ", ");
  });
}

/** Browsers keep cryptography from pages of HTTP. */
async function withoutCryptography(open) {
  const context = await open();
  await context.addInitScript(() => {
    Object.defineProperty(crypto, "subtle", { value: undefined });
  });
  const page = await context.newPage();
  await check("record: without the browser's cryptography the same is found", async () => {
    expect((await onRecord(page, "plain")) === "held", await page.locator("main").textContent());
    const state = await page.locator('[data-step="signature"]').getAttribute("data-state");
    expect(state === "held", state);
    await giveKeys(page, strangerKey());
    const text = await quoted(page);
    expect(text.startsWith("code proof.log.signature"), text);
  });
  await context.close();
}

const checkHeld = (page) => page.getByRole("button", { name: /Check what is held/ }).click();

async function held(page) {
  if (!hasList) {
    console.log("skipped: the round says nothing of what is held");
    return;
  }
  await check("overview: what is held follows from signed rows and evidence", async () => {
    await page.goto(url("plain"));
    await page.locator(".assets").waitFor();
    const before = served.asked.length;
    await checkHeld(page);
    const line = page.locator("span[data-held]");
    await line.waitFor({ timeout: 60_000 });
    const rows = await line.getAttribute("data-held");
    expect(rows === String(rowCount), `${rows} rows of ${rowCount}`);
    const state = page.locator('[data-step="held"]');
    expect((await state.getAttribute("data-state")) === "held", await state.textContent());
    const asked = served.asked.slice(before).join("\n");
    expect(asked.includes(LIST), "the list was not fetched");
    return line.textContent();
  });
  const cases = { ...HELD_LIES, "held-exchanged": ["proof.manifest", LIST] };
  for (const [variant, [code, file]] of Object.entries(cases)) {
    await check(`overview: ${variant} is refused with ${code}`, async () => {
      await page.goto(url(variant));
      await checkHeld(page);
      const text = await quoted(page);
      expect(text.startsWith(`code ${code}\nfile ${file}`), text);
      const state = page.locator('[data-step="held"]');
      expect((await state.getAttribute("data-state")) === "failed", await state.textContent());
      return page.locator("[data-held=refused] .outcome").textContent();
    });
  }
  await check("overview: what is held is checked without the verifier in WebAssembly", async () => {
    await page.goto(url("no-wasm"));
    await checkHeld(page);
    await page.locator("span[data-held]").waitFor({ timeout: 60_000 });
  });
}

/** What a round with margin products says beside the rest, and others do not. */
async function margin(page) {
  const isMargin = round.header.margin !== undefined;
  await check("overview: what customers owe, and what is to be held for that", async () => {
    await page.goto(url("held"));
    await page.locator(".coverage").first().waitFor();
    const heads = await page.locator(".assets thead").first().textContent();
    expect(heads.includes("Customers owe") === isMargin, heads);
    expect((await page.locator("[data-tier]").count()) > 0 === isMargin, "tiers");
    if (!isMargin) return "nothing: there are no margin products";
    for (const line of round.amounts) {
      const row = page.locator(`.assets [data-asset="${line.symbol}"]`);
      const cell = (label) => row.locator(`[data-label="${label}"]`).textContent();
      const text = (units) => shown(units, line.decimals);
      expect((await cell("To be held")).trim() === text(line.toHold), await cell("To be held"));
      const owe = line.isMargin ? text(line.debt) : "not lent";
      expect((await cell("Customers owe")).trim() === owe, await cell("Customers owe"));
      const pledged = `of it pledged ${text(line.pledged)}`;
      expect((await cell("Owed")).includes(pledged) === line.isMargin, await cell("Owed"));
    }
    return heads;
  });
  if (!isMargin) return;
  await check("overview: each tier, and what it counts", async () => {
    const [{ asset, tiers }] = round.header.margin;
    const rows = await page.locator(`[data-tier^="${asset} "]`).allTextContents();
    expect(rows.length === tiers.length, `${rows.length} rows`);
    tiers.forEach(({ ratio_bp }, tier) => {
      expect(rows[tier].endsWith(`${ratio_bp / 100} %`), rows[tier]);
    });
    return rows.join(" | ");
  });
}

/** What a customer has pledged and owes, as the receipt says it. */
async function ownMargin(page) {
  for (const { asset, pledged, debt } of receipt.margin ?? []) {
    const { decimals } = round.header.assets.find(({ symbol }) => symbol === asset);
    const own = page.locator(`.own [data-asset="${asset}"]`);
    const entry = receipt.entries.find((known) => known.asset === asset);
    const whole = shown(BigInt(entry?.amount ?? 0) + BigInt(pledged), decimals);
    const text = await own.locator(".units").first().textContent();
    expect(text === whole, `${text} is not ${whole}`);
    for (const [part, units] of Object.entries({ pledged, debt })) {
      const texts = await own.locator(`[data-part="${part}"] .units`).allTextContents();
      expect(texts.join() === (units === "0" ? "" : shown(units, decimals)), texts.join());
    }
  }
  const isThere = (await page.locator("[data-margin]").count()) === 1;
  expect(isThere === Boolean(receipt.margin), "what is proved of debts");
}

async function late(open) {
  for (const [days, isLate] of [
    [39, false],
    [52, true],
  ]) {
    await check(`overview: ${days} days after the newest round`, async () => {
      const context = await open();
      const page = await context.newPage();
      await page.clock.setFixedTime(takenAt + days * day + 1000);
      await page.goto(url("plain"));
      await page.locator(".assets").waitFor();
      const count = await page.locator("[data-late]").count();
      expect(count === (isLate ? 1 : 0), `${count} warnings`);
      await context.close();
    });
  }
}

async function faults(page) {
  const cases = {
    "no-rounds": ["rounds.json", "proof.file.missing"],
    "no-liabilities": ["liabilities.json", "proof.file.missing"],
  };
  for (const [variant, [file, code]] of Object.entries(cases)) {
    await check(`overview: ${variant} is said with its name and what to do`, async () => {
      await page.goto(url(variant));
      const text = await quoted(page);
      expect(text.includes(`code ${code}`) && text.includes(`file ${file}`), text);
      expect((await page.locator(".dotted li").count()) > 0, "nothing to do");
    });
  }
  await check("overview: no round yet", async () => {
    await page.goto(url("empty"));
    await page.getByText("No round is published yet").waitFor();
  });
  await check("overview: shard-changed is refused when every part is checked", async () => {
    await page.goto("about:blank");
    await page.goto(url("shard-changed"));
    await page.getByRole("button", { name: "Check the totals now" }).click();
    await page.locator("[data-outcome=held]").waitFor({ timeout: 60_000 });
    await page.getByRole("button", { name: /Check every part too/ }).click();
    const text = await page.locator(".panel-plain:not([data-record]) [data-quote]").textContent();
    expect(text.includes(`file ${shardName}`) && text.includes("code proof."), text);
    const state = await page.locator('[data-step="shards"]').getAttribute("data-state");
    expect(state === "failed", state);
    return text.replaceAll("\n", ", ");
  });
  const proofs = {
    "totals-changed": "proof.",
    "no-totals": "proof.file.missing",
    lowered: "proof.opening",
  };
  for (const [variant, code] of Object.entries(proofs)) {
    await check(`overview: ${variant} is refused when the totals are checked`, async () => {
      await page.goto(url(variant));
      await page.getByRole("button", { name: "Check the totals now" }).click();
      // A round that was changed is none of the log's either, which is said elsewhere on the page.
      const own = page.locator(".panel-plain:not([data-record]) [data-quote]");
      const text = await own.textContent();
      expect(text.includes(`code ${code}`), text);
      return text.replaceAll("\n", ", ");
    });
  }
}

async function balance(page, name, wanted) {
  await check(`${name}: a good receipt shows its balances`, async () => {
    await toCheck(page, wanted.variant);
    const begin = performance.now();
    await give(page, receiptBytes);
    expect((await ended(page)) === "held", await page.locator("main").textContent());
    const wall = performance.now() - begin;
    const used = page.locator("[data-verifier]");
    const verifier = await used.getAttribute("data-verifier");
    expect(verifier === wanted.verifier, verifier);
    for (const { asset } of receipt.entries.filter(({ amount }) => amount !== "0")) {
      await page.locator(`.own [data-asset="${asset}"]`).waitFor();
    }
    await ownMargin(page);
    const states = await page.$$eval("[data-step]", (steps) => steps.map((s) => s.dataset.state));
    expect(states.length === 5 && states.every((state) => state === "held"), states.join());
    const took = Number(await used.getAttribute("data-took"));
    if (wanted.verifier === "wasm") expect(took < TOOK_MS_MAX, `${took} ms`);
    const shown = wall.toFixed(0);
    return `${verifier}, ${took} ms in the worker, ${shown} ms from the file to the answer`;
  });
  for (const [change, [bytes, code]] of Object.entries(TAMPERED)) {
    await check(`${name}: ${change} is refused with ${code}`, async () => {
      await again(page);
      await give(page, bytes);
      expect((await ended(page)) === "refused", "it was accepted");
      const text = await quoted(page);
      expect(text.startsWith(`code ${code}\nfile receipt`), text);
      return page.locator(".outcome.is-refused").textContent();
    });
  }
}

async function broken(page) {
  const cases = {
    "no-totals": ["proof.file.missing", "totals.proof"],
    "no-shard": ["proof.file.missing", shardName],
    exchanged: ["proof.manifest", shardName],
    "shard-changed": ["proof.", shardName],
    "totals-changed": ["proof.", "totals.proof"],
    lowered: ["proof.opening", "totals.proof"],
  };
  for (const [variant, [code, file]] of Object.entries(cases)) {
    await check(`check: ${variant} is refused in the name of the file`, async () => {
      await toCheck(page, variant);
      await give(page, receiptBytes);
      expect((await ended(page)) === "refused", "it was accepted");
      const text = await quoted(page);
      expect(text.includes(`code ${code}`) && text.includes(`file ${file}`), text);
      return text.replaceAll("\n", ", ");
    });
  }
}

async function exchanged(page) {
  await check("check: a round that is exchanged after it was shown is refused", async () => {
    await toCheck(page, "plain");
    await page.locator(".brand strong").waitFor();
    await page.route("**/manifest.json", (route) =>
      route.fulfill({ body: round.changed({ "a.txt": Buffer.from("a") })[`${round.path}manifest.json`] }),
    );
    await give(page, receiptBytes);
    await ended(page);
    await page.unroute("**/manifest.json");
    const text = await quoted(page);
    expect(text.includes("code proof.manifest\nfile manifest.json"), text);
  });
}

async function second(page) {
  await check("check: the second verifier agrees on a good receipt", async () => {
    await toCheck(page, "plain");
    await give(page, receiptBytes);
    await ended(page);
    await page.getByRole("button", { name: "Check again with the second verifier" }).click();
    const line = page.locator("[data-second]");
    await line.waitFor({ timeout: 60_000 });
    expect((await line.getAttribute("data-second")) === "held", await line.textContent());
    return line.textContent();
  });
  await check("check: and on a changed one", async () => {
    await again(page);
    await give(page, TAMPERED["an amount changed"][0]);
    await ended(page);
    await page.getByRole("button", { name: "Check again with the second verifier" }).click();
    const line = page.locator("[data-second]");
    await line.waitFor({ timeout: 60_000 });
    expect((await line.getAttribute("data-second")) === "proof.path", await line.textContent());
  });
}

async function privacy(page) {
  await check("receipt: is in no URL, no storage and no request, and gone when one leaves", async () => {
    await toCheck(page, "plain");
    const before = served.asked.length;
    await give(page, receiptBytes);
    await ended(page);
    const secrets = [receipt.secret, receipt.account, receipt.path[0]];
    const told = [...served.asked.slice(before), page.url()].join("\n");
    expect(!secrets.some((secret) => told.includes(secret)), told);
    expect(!/^(?!GET)/m.test(served.asked.slice(before).join("\n")), "something was sent");
    await page.getByRole("link", { name: "Leave, and forget the receipt" }).click();
    await page.locator(".assets").waitFor();
    const left = await page.evaluate(async () =>
      JSON.stringify([
        { ...localStorage },
        { ...sessionStorage },
        document.cookie,
        history.state,
        await indexedDB.databases(),
        await caches.keys(),
        document.documentElement.outerHTML,
      ]),
    );
    expect(!secrets.some((secret) => left.includes(secret)), "it is still here");
    await page.goBack();
    await page.locator("input[type=file]").waitFor({ state: "attached" });
    expect((await page.locator("[data-result]").count()) === 0, "back shows the result");
  });
}

async function keyboard(open) {
  const context = await open();
  const page = await context.newPage();
  const press = async (key, times = 1) => {
    for (let time = 0; time < times; time += 1) await page.keyboard.press(key);
  };
  const tabTo = async (name) => {
    for (let tabs = 0; tabs < 60; tabs += 1) {
      await press("Tab");
      const text = await page.evaluate(() => {
        const { activeElement: at } = document;
        return at?.closest("label")?.textContent || at?.getAttribute("aria-label") || at?.textContent;
      });
      if (name.test(text ?? "")) return;
    }
    throw new Error(`Tab does not reach ${name}`);
  };
  await check("keyboard: from the overview to an answer, and on to the second verifier", async () => {
    // Asked for early: only from then on does the browser leave the choosing to us.
    const chooser = page.waitForEvent("filechooser", { timeout: 30_000 });
    chooser.catch(() => {});
    await page.goto(url("plain"));
    await page.locator(".act").waitFor();
    await press("Tab");
    await press("Enter");
    expect(await page.evaluate(() => document.activeElement?.tagName === "MAIN"), "no skipping");
    await tabTo(/^Check my balance$/);
    await press("Enter");
    await page.locator("input[type=file]").waitFor({ state: "attached" });
    const focused = await page.evaluate(() => document.activeElement?.textContent);
    expect(focused === "Check my balance", `the focus is on ${focused}`);
    await tabTo(/Open the receipt file/);
    await press("Enter");
    const file = { name: "r.json", mimeType: "application/json", buffer: receiptBytes };
    await (await chooser).setFiles(file);
    expect((await ended(page)) === "held", "refused");
    await page.waitForFunction(() => document.activeElement?.tagName === "H1");
    await tabTo(/Check again with the second/);
    await press("Enter");
    await page.locator('[data-second="held"]').waitFor({ timeout: 60_000 });
  });
  await check("keyboard: a receipt is pasted", async () => {
    await tabTo(/Check another receipt/);
    await press("Enter");
    await tabTo(/Paste the receipt instead/);
    await press("Enter");
    await tabTo(/Text of the receipt/);
    await page.keyboard.insertText(`\n  ${receiptBytes.toString()}\n\n`);
    await tabTo(/Check this receipt/);
    await press("Enter");
    expect((await ended(page)) === "held", "refused");
  });
  await context.close();
}

async function withoutScripts(open) {
  const context = await open({ javaScriptEnabled: false });
  const page = await context.newPage();
  await check("without JavaScript: the way by hand, with commands and downloads", async () => {
    await page.goto(url("plain"));
    const text = await page.locator("body").textContent();
    expect(text.includes("ringfence reserves verify-user --bundle"), "no command");
    expect((await page.locator('a[href="./rounds.json"]').count()) === 1, "no download");
    if (values.shots) {
      await page.screenshot({ path: join(values.shots, "noscript.png"), fullPage: true });
    }
  });
  await context.close();
}

async function weight(open) {
  await check("weight: from nothing to a checked balance", async () => {
    served.sent.held = 0;
    const before = served.asked.length;
    const context = await open();
    const page = await context.newPage();
    await page.goto(url("held"));
    await page.locator(".assets").waitFor();
    const first = served.sent.held;
    await page.getByRole("link", { name: "Check my balance" }).last().click();
    const begin = performance.now();
    await give(page, receiptBytes);
    await ended(page);
    const wall = performance.now() - begin;
    const all = served.sent.held;
    await context.close();
    expect(all < BYTES_MAX, `${all} bytes`);
    const workers = served.asked.slice(before).filter((line) => /worker-[^/]*\.js/.test(line));
    expect(new Set(workers).size === 1, `more than the check needs: ${workers.join()}`);
    expect(wall < TOOK_MS_MAX, `${wall} ms`);
    const cold = `${wall.toFixed(0)} ms with nothing loaded before`;
    return `overview ${first} bytes, with the check ${all} bytes, uncompressed; ${cold}`;
  });
}

async function looks(open) {
  const scenes = {
    overview: async (page) => page.goto(url("held")),
    short: async (page) => page.goto(url("short")),
    checked: async (page) => {
      await page.goto(url("plain"));
      await page.getByRole("button", { name: "Check the totals now" }).click();
      await page.locator("[data-outcome=held]").waitFor({ timeout: 60_000 });
    },
    record: async (page) => {
      await onRecord(page, "plain");
      await giveKeys(page, [logKey, witnessKey].filter(Boolean).join("\n"));
      await page.locator("[data-source=reader]").waitFor();
    },
    "record-refused": async (page) => {
      await onRecord(page, "log-proof-other-root");
    },
    ...(hasList && {
      held: async (page) => {
        await page.goto(url("plain"));
        await checkHeld(page);
        await page.locator("span[data-held]").waitFor({ timeout: 60_000 });
      },
      "held-refused": async (page) => {
        await page.goto(url("held-twice"));
        await checkHeld(page);
        await page.locator("[data-held=refused]").waitFor({ timeout: 60_000 });
      },
    }),
    missing: async (page) => page.goto(url("no-liabilities")),
    check: async (page) => toCheck(page, "held"),
    paste: async (page) => {
      await toCheck(page, "held");
      await page.getByText("Paste the receipt instead").click();
    },
    result: async (page) => {
      await toCheck(page, "held");
      await give(page, receiptBytes);
      await ended(page);
    },
    refused: async (page) => {
      await toCheck(page, "held");
      await give(page, TAMPERED["an amount changed"][0]);
      await ended(page);
    },
  };
  for (const colorScheme of ["light", "dark"]) {
    for (const viewport of WIDTHS) {
      const timezoneId = "Europe/Berlin";
      const context = await open({ colorScheme, viewport, timezoneId });
      const page = await context.newPage();
      for (const [name, go] of Object.entries(scenes)) {
        await check(`looks: ${name}, ${colorScheme}, ${viewport.width} px`, async () => {
          await page.goto("about:blank");
          await go(page);
          await page.locator("main h1").waitFor();
          await page.waitForFunction(() => !document.querySelector(".skeleton"));
          await page.evaluate(() => document.fonts.ready);
          await page.waitForTimeout(150);
          if (values.shots) {
            const path = join(values.shots, `${name}-${colorScheme}-${viewport.width}.png`);
            await page.screenshot({ path, fullPage: true });
          }
          const over = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          expect(over <= 0, `${over} px wider than the screen`);
          const findings = await seriousFindings(page);
          expect(findings.length === 0, findings.join("; "));
          expect(!/\bsafe/i.test(await page.locator("body").textContent()), "it says safe");
        });
      }
      await context.close();
    }
  }
}

const { browser, open, faults: seen } = await start(served.origin);
const without = await start(served.origin, ["--js-flags=--jitless"]);
try {
  const context = await open();
  const page = await context.newPage();
  await overview(page);
  await margin(page);
  if (!values.brief) {
    await record(page);
    await withoutCryptography(open);
    await held(page);
    await late(open);
    await faults(page);
  }
  await balance(page, "WebAssembly", { variant: "plain", verifier: "wasm" });
  await second(page);
  if (!values.brief) {
    await exchanged(page);
    await broken(page);
    await privacy(page);
  }
  await balance(page, "proof.wasm missing", { variant: "no-wasm", verifier: "second" });
  const bare = await (await without.open()).newPage();
  await check("a browser without WebAssembly has none", async () => {
    expect(await bare.evaluate(() => typeof WebAssembly === "undefined"), "it has");
  });
  if (!values.brief) {
    await balance(bare, "without WebAssembly", { variant: "plain", verifier: "second" });
    await keyboard(open);
    await withoutScripts(open);
  }
  await weight(open);
  if (!values["skip-looks"]) await looks(open);
  await check("nothing on the console, no policy violation, no request elsewhere", () => {
    const all = [...new Set([...seen, ...without.faults])];
    expect(all.length === 0, all.slice(0, 5).join(" | "));
  });
  // Last, as the browser reports what the policy forbids on the console.
  await check("a policy that forbids WebAssembly leads to the second verifier", async () => {
    await toCheck(page, "wasm-forbidden");
    await give(page, receiptBytes);
    expect((await ended(page)) === "held", "refused");
    const text = await page.locator("[data-verifier=second]").textContent();
    expect(text.includes("switched off"), text);
  });
} finally {
  await browser.close();
  await without.browser.close();
  served.close();
}
process.exitCode = close();
