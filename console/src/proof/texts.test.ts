import { describe, expect, it } from "vitest";
import { ascii, toHex } from "./bytes";
import { ProofError } from "./error";
import { parseHeader, shardSteps, topSteps } from "./header";
import { deriveId } from "./id";
import { leafDigest } from "./leaf";
import { checkLiabilities, parseLiabilities } from "./liabilities";
import { checkFile, checkNames, parseManifest, shardName } from "./manifest";
import { formatDigest, hash, DOMAIN } from "./poseidon";
import { checkReceipt, parseReceipt } from "./receipt";
import { sha256 } from "./sha256";
import { rootOver } from "./tree";

const encode = (value: unknown) => ascii(JSON.stringify(value));

/** The code and, for a field, which it is. */
function refusal(check: () => unknown): string {
  try {
    check();
  } catch (error) {
    if (error instanceof ProofError) {
      return error.code === "proof.field" ? (error.reason.split(": ")[0] ?? "") : error.code;
    }
    throw error;
  }
  return "held";
}

const asset = (symbol: string, id: string, decimals: number) => ({
  symbol,
  id,
  decimals,
  price: "65000.25",
});

function header() {
  return {
    version: 1,
    constraints: "ab".repeat(32),
    exchange: "example",
    round: "2026-11",
    snapshot_at: 1_793_491_200,
    chains: [{ id: "eip155:1", height: 24_000_000, hash: `0x${"11".repeat(32)}` }],
    currency: "USD",
    assets: [
      asset("BTC", "bip122:000000000019d6689c085ae165831e93/slip44:0", 8),
      asset("ETH", "eip155:1/slip44:60", 18),
    ],
    layout: "sparse",
    width: "96",
    shards: 3,
    slots: 25_000,
    log_rows: 16,
    previous: null as string | null,
  };
}

type Change = (value: ReturnType<typeof header>) => void;

describe("a header", () => {
  it("is read in its one form", () => {
    const parsed = parseHeader(encode(header()));
    expect([shardSteps(parsed), topSteps(parsed)]).toEqual([15, 2]);
    expect(parsed.digest).toEqual(sha256(encode(header())));
    const text = JSON.stringify(header());
    for (const other of [
      text.replace(",", ", "),
      text.replace('"version":1', '"version":1.0'),
      text.replace("2026-11", "2026\\u002d11"),
      text.replace('"previous":null', '"previous":null,"previous":null'),
      text.replace('"previous":null', '"more":1'),
      text.replace(',"previous":null', ""),
      `${text}\n`,
      text.replace('"shards":3,"slots":25000', '"slots":25000,"shards":3'),
      text.replace('"decimals":8', '"decimals":256'),
      text.replace('"decimals":8', '"decimals":-8'),
      text.replace('"shards":3', '"shards":"3"'),
      text.replace('"sparse"', '"other"'),
      text.slice(1),
      "",
      "null",
      `${"[".repeat(400_000)}${"]".repeat(400_000)}`,
      " ".repeat(2 << 20),
    ]) {
      expect(refusal(() => parseHeader(ascii(other)))).toBe("proof.canonical");
    }
    expect(refusal(() => parseHeader(Uint8Array.of(0xff)))).toBe("proof.canonical");
    expect(refusal(() => parseHeader(Uint8Array.of(0xef, 0xbb, 0xbf, ...ascii(text))))).toBe(
      "proof.canonical",
    );
  });

  it("is refused by the field that is wrong", () => {
    const chain = header().chains[0] as ReturnType<typeof header>["chains"][number];
    const first = asset("X", "x", 0);
    const changes: [string, Change][] = [
      ["version", (h) => (h.version = 2)],
      ["constraints", (h) => (h.constraints = "AB".repeat(32))],
      ["exchange", (h) => (h.exchange = "a'b\u007f")],
      ["round", (h) => (h.round = "")],
      ["snapshot_at", (h) => (h.snapshot_at = 2 ** 53)],
      ["chains", (h) => (h.chains = new Array(257).fill(chain))],
      ["chains[1].id", (h) => h.chains.push(chain)],
      ["assets", (h) => (h.assets = [])],
      ["assets[1].symbol", (h) => ((h.assets[1] ?? first).symbol = "BTC")],
      [
        "assets[1].id",
        (h) => ((h.assets[1] ?? first).id = (h.assets[0] ?? first).id.toUpperCase()),
      ],
      ["assets[0].decimals", (h) => ((h.assets[0] ?? first).decimals = 37)],
      ["assets[0].price", (h) => ((h.assets[0] ?? first).price = "1e3")],
      ["shards", (h) => (h.shards = 0)],
      ["slots", (h) => (h.slots = 40_000)],
      ["log_rows", (h) => (h.log_rows = 15)],
      ["previous", (h) => (h.previous = "")],
    ];
    for (const [wanted, change] of changes) {
      const changed = header();
      change(changed);
      expect(refusal(() => parseHeader(encode(changed)))).toBe(wanted);
    }
    for (const price of ["", ".5", "5.", "-1", "1_0", "01", "NaN", "1,5", "9".repeat(21), "5\n"]) {
      const changed = header();
      (changed.assets[0] ?? first).price = price;
      expect(refusal(() => parseHeader(encode(changed)))).toBe("assets[0].price");
    }
  });
});

describe("a header with margin products", () => {
  const margin = [{ asset: "ETH", tiers: [{ up_to: "5", ratio_bp: 9_000 }] }];
  const withMargin = (changed: unknown = margin, layout = "margin") => {
    const { layout: _, width, ...rest } = header();
    const { version, constraints, exchange, round, snapshot_at, chains, currency, assets } = rest;
    return encode({
      ...{ version, constraints, exchange, round, snapshot_at, chains, currency, assets },
      ...{ margin: changed, layout, width, shards: 3, slots: 20_000, log_rows: 16, previous: null },
    });
  };

  it("is read in its one form", () => {
    const parsed = parseHeader(withMargin());
    expect(parsed.margin).toEqual(margin);
    expect(parsed.rules.all.length).toBe(2);
    for (const other of [
      ...[[], null, {}, [{ asset: "ETH" }], [{ tiers: [], asset: "ETH" }]],
      [{ asset: "ETH", tiers: [{ up_to: 5, ratio_bp: 9_000 }] }],
      [{ asset: "ETH", tiers: [{ up_to: "5", ratio_bp: "9000" }] }],
      [{ asset: "ETH", tiers: [{ up_to: "5", ratio_bp: 65_536 }] }],
    ]) {
      expect(refusal(() => parseHeader(withMargin(other)))).toBe("proof.canonical");
    }
  });

  it("has margin where, and only where, its layout has it", () => {
    expect(refusal(() => parseHeader(withMargin(margin, "sparse")))).toBe("margin");
    const without = { ...header(), layout: "margin" };
    expect(refusal(() => parseHeader(encode(without)))).toBe("margin");
  });
});

const digest = (number: number) => formatDigest(hash(DOMAIN.sums, [new Array(16).fill(number)]));
const key = (number: number) => number.toString(16).padStart(23, "0");
const steps = 15;

/** A round in which the receipt's leaf is the last of the first shard. */
function round() {
  const parsed = parseHeader(encode(header()));
  const receipt = {
    version: 1,
    header: toHex(parsed.digest),
    round: "2026-11",
    account: "ada@example.org",
    secret: "07".repeat(32),
    shard: 0,
    index: 24_999,
    entries: [{ asset: "ETH", amount: "123" }],
    path: Array.from({ length: steps }, (_, height) => digest(height)),
  };
  const id = deriveId("2026-11", receipt.account, new Uint8Array(32).fill(7));
  let node = leafDigest(parsed.shape, id, [{ asset: 1, amount: 123n }]);
  for (let height = 0, place = receipt.index; height < steps; height += 1, place >>= 1) {
    const beside = hash(DOMAIN.sums, [new Array(16).fill(height)]);
    node = rootOver(height, 1, place % 2 ? [beside, node] : [node, beside]);
  }
  const shards = [0, 1, 2].map((shard) => ({
    root: shard === 0 ? formatDigest(node) : digest(shard),
    sums: digest(100 + shard),
    after: key(1_000 * shard),
    until: key(1_000 * (shard + 1)),
  }));
  const roots = [node, ...[1, 2].map((at) => hash(DOMAIN.sums, [new Array(16).fill(at)]))];
  const liabilities = {
    version: 1,
    header: toHex(parsed.digest),
    root: formatDigest(rootOver(steps, 2, roots)),
    totals: ["0", "340282366920938463463374607431768211455"],
    shards,
  };
  return { parsed, receipt, liabilities };
}

const firstShard = () => {
  const [shard] = round().liabilities.shards;
  if (!shard) throw new Error("a round has shards");
  return shard;
};

describe("liabilities", () => {
  const check = (change: (value: ReturnType<typeof round>["liabilities"]) => void) => {
    const { parsed, liabilities } = round();
    change(liabilities);
    return refusal(() => checkLiabilities(parsed, parseLiabilities(encode(liabilities))));
  };

  it("are of the round, without a gap, under the root", () => {
    const shard = firstShard();
    expect(check(() => {})).toBe("held");
    expect(check((all) => (all.header = "00".repeat(32)))).toBe("proof.round");
    expect(check((all) => all.totals.pop())).toBe("proof.count");
    expect(check((all) => all.shards.pop())).toBe("proof.count");
    expect(check((all) => ((all.shards[1] ?? shard).after = key(1_001)))).toBe("proof.keys");
    expect(check((all) => ((all.shards[2] ?? shard).until = key(2_000)))).toBe("proof.keys");
    expect(check((all) => ((all.shards[0] ?? shard).after = key(1)))).toBe("proof.keys");
    expect(check((all) => ((all.shards[2] ?? shard).root = digest(9)))).toBe("proof.root");
    expect(check((all) => (all.root = digest(9)))).toBe("proof.root");
  });

  it("are read in their one form", () => {
    const shard = firstShard();
    const large = String(2n ** 128n);
    for (const total of ["", "00", "-1", "1.0", "+1", "1e3", large]) {
      expect(check((all) => (all.totals[1] = total))).toBe("totals[1]");
    }
    const upper = key(15).toUpperCase();
    for (const until of ["", "1", `0${key(1)}`, upper, "4".padEnd(23, "0")]) {
      expect(check((all) => ((all.shards[2] ?? shard).until = until))).toBe("proof.canonical");
    }
    expect(check((all) => (all.root = `7f000001${all.root.slice(8)}`))).toBe("proof.canonical");
    expect(check((all) => (all.version = 2))).toBe("version");
  });
});

describe("a receipt", () => {
  const check = (change: (value: ReturnType<typeof round>["receipt"]) => void, end = "") => {
    const { parsed, liabilities, receipt } = round();
    change(receipt);
    const bytes = ascii(JSON.stringify(receipt) + end);
    const known = parseLiabilities(encode(liabilities));
    return refusal(() => checkReceipt(parsed, known, parseReceipt(bytes)));
  };

  it("is of one customer, one place and these balances", () => {
    const entry = { asset: "", amount: "" };
    expect(check(() => {})).toBe("held");
    expect(check(() => {}, "\n")).toBe("held");
    expect(check(() => {}, "\n\n")).toBe("proof.canonical");
    expect(check((one) => (one.header = "00".repeat(32)))).toBe("proof.round");
    expect(check((one) => (one.round = "2026-10"))).toBe("proof.round");
    expect(check((one) => (one.account = "bob"))).toBe("proof.path");
    expect(check((one) => (one.account = "a b"))).toBe("account");
    expect(check((one) => (one.account = "é"))).not.toBe("held");
    expect(check((one) => (one.secret = "08".repeat(32)))).toBe("proof.path");
    expect(check((one) => (one.shard = 1))).toBe("proof.path");
    expect(check((one) => (one.shard = 3))).toBe("shard");
    expect(check((one) => (one.index = 24_998))).toBe("proof.path");
    expect(check((one) => (one.index = 25_000))).toBe("index");
    expect(check((one) => ((one.entries[0] ?? entry).amount = "124"))).toBe("proof.path");
    expect(check((one) => ((one.entries[0] ?? entry).amount = "0"))).toBe("entries[0].amount");
    expect(check((one) => ((one.entries[0] ?? entry).amount = String(2n ** 96n)))).toBe(
      "entries[0].amount",
    );
    expect(check((one) => ((one.entries[0] ?? entry).asset = "BTC"))).toBe("proof.path");
    expect(check((one) => ((one.entries[0] ?? entry).asset = "DOGE"))).toBe("entries[0].asset");
    const more = { asset: "BTC", amount: "1" };
    expect(check((one) => one.entries.push(more))).toBe("entries[1].asset");
    expect(check((one) => one.path.pop())).toBe("path.siblings");
    expect(check((one) => one.path.reverse())).toBe("proof.path");
  });
});

describe("a manifest", () => {
  const names = ["header.json", "liabilities.json", "reserves/a.csv", shardName(0), "totals.proof"];
  const bytesOf = (name: string) => ascii(`bytes of ${name}`);
  const listed = (name: string) => ({
    name,
    bytes: bytesOf(name).length,
    sha256: toHex(sha256(bytesOf(name))),
  });
  const manifest = (files: readonly string[]) =>
    parseManifest(encode({ version: 1, files: files.map(listed) }));

  it("lists all files of a bundle, each once, and no other", () => {
    const beside = [...names, "manifest.json", "journal.proof"];
    expect(refusal(() => checkNames(manifest(names), beside, 1))).toBe("held");
    const check = (found: readonly string[], shards: number) =>
      refusal(() => checkNames(manifest(names), found, shards));
    expect(check([...beside, "more"], 1)).toBe("proof.file.extra");
    expect(check(names.slice(1), 1)).toBe("proof.file.missing");
    expect(check(beside, 2)).toBe("proof.file.missing");
    expect(check(beside, 0)).toBe("proof.file.extra");
    expect(refusal(() => manifest([...names].reverse()))).toBe("proof.canonical");
    expect(refusal(() => manifest(["a", "a"]))).toBe("proof.canonical");
  });

  it("names the file whose bytes are others", () => {
    const all = manifest(names);
    for (const name of names) checkFile(all, name, bytesOf(name));
    expect(refusal(() => checkFile(all, "header.json", bytesOf("other")))).toBe("proof.manifest");
    expect(refusal(() => checkFile(all, "other", bytesOf("other")))).toBe("proof.file.extra");
  });
});
