// A site as anybody may host it: files below a path, a strict policy, nothing else. Variants of one
// site lie beside each other, each with some files that are other ones.
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { existsSync, readFileSync, statSync } from "node:fs";
import { extname, join, normalize } from "node:path";

export const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".woff2": "font/woff2",
};

/** The newest round of a site, with its files. */
export class Round {
  constructor(site) {
    this.site = site;
    const [newest] = JSON.parse(readFileSync(join(site, "rounds.json"), "utf8")).rounds;
    this.name = newest.round;
    this.path = newest.path;
    this.header = JSON.parse(this.read("header.json"));
    this.liabilities = JSON.parse(this.read("liabilities.json"));
    this.manifest = JSON.parse(this.read("manifest.json"));
  }

  read(name) {
    return readFileSync(join(this.site, this.path, name));
  }

  /** These files in the round's folder; null is none. A manifest that lists them, where asked. */
  changed(files, { isListed = true } = {}) {
    const others = Object.entries(files).map(([name, bytes]) => [this.path + name, bytes]);
    if (!isListed) return Object.fromEntries(others);
    const kept = this.manifest.files.filter(({ name }) => !(name in files));
    const added = Object.entries(files)
      .filter(([, bytes]) => bytes !== null)
      .map(([name, bytes]) => ({
        name,
        bytes: bytes.length,
        sha256: createHash("sha256").update(bytes).digest("hex"),
      }));
    const list = [...kept, ...added].sort((a, b) => (a.name < b.name ? -1 : 1));
    const manifest = JSON.stringify({ version: 1, files: list });
    return Object.fromEntries([...others, [`${this.path}manifest.json`, Buffer.from(manifest)]]);
  }

  /** Of each asset what is owed, what customers owe, and what is to be held for that. */
  get amounts() {
    const { margin = [] } = this.header;
    return this.header.assets.map(({ symbol, decimals }, place) => {
      const ofMargin = this.liabilities.margin?.[margin.findIndex(({ asset }) => asset === symbol)];
      const owed = BigInt(this.liabilities.totals[place]);
      const [pledged, debt] = [BigInt(ofMargin?.pledged ?? 0), BigInt(ofMargin?.debt ?? 0)];
      const toHold = debt < owed ? owed - debt : 0n;
      return { symbol, decimals, owed, pledged, debt, toHold, isMargin: ofMargin !== undefined };
    });
  }

  /** What is held, as so many hundredths of a per cent of what is to be, for each asset in turn. */
  summary(parts) {
    const assets = this.amounts.map(({ symbol, toHold }, place) => {
      const all = (toHold * BigInt(parts[place % parts.length])) / 10_000n;
      const claim = place % 3 === 2 ? all / 9n : 0n;
      const twoSources = place % 2 === 1 ? all / 4n : 0n;
      const proof = all - claim - twoSources;
      return {
        ...{ asset: symbol, proof: `${proof}` },
        ...{ two_sources: `${twoSources}`, claim: `${claim}` },
      };
    });
    const bytes = Buffer.from(JSON.stringify({ version: 1, assets }));
    return this.changed({ "reserves/summary.json": bytes });
  }
}

/**
 * Serves variants: the page's files, those of the site, and in their place those of the variant.
 * Counts the bytes that each variant sent.
 */
export async function serve(folders, variants) {
  const sent = {};
  const asked = [];
  const find = (files, name) => {
    if (name in files) return files[name];
    for (const folder of folders) {
      const path = normalize(join(folder, name));
      if (path.startsWith(folder) && existsSync(path) && statSync(path).isFile()) {
        return readFileSync(path);
      }
    }
    return null;
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    asked.push(`${request.method} ${request.url}`);
    const [, top, variant, ...rest] = decodeURIComponent(pathname).split("/");
    const { files = {}, policy = POLICY } = (top === "below" && variants[variant]) || {};
    const name = rest.join("/");
    const bytes = top === "below" && variant in variants ? find(files, name) : null;
    response.setHeader("content-security-policy", policy);
    response.setHeader("x-content-type-options", "nosniff");
    if (bytes === null || request.method !== "GET") {
      response.writeHead(bytes === null ? 404 : 405).end();
      return;
    }
    const tag = `"${createHash("sha256").update(bytes).digest("hex").slice(0, 24)}"`;
    response.setHeader("etag", tag);
    response.setHeader("cache-control", "no-cache");
    if (request.headers["if-none-match"] === tag) {
      response.writeHead(304).end();
      return;
    }
    sent[variant] = (sent[variant] ?? 0) + bytes.length;
    response.setHeader("content-type", TYPES[extname(name)] ?? "application/octet-stream");
    response.end(bytes);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const url = (variant) => `${origin}/below/${variant}/reserves.html`;
  return { origin, url, sent, asked, close: () => server.close() };
}
