/** How addresses are shown and compared: the middle is what a poisoner cannot copy. */

const PREFIX = /^(0x|bc1|tb1|ltc1|bitcoincash:)/i;

export interface AddressParts {
  prefix: string;
  head: string;
  middle: string;
  tail: string;
}

/** A well-known prefix, the first six and the last six characters, and what is between. */
export function addressParts(address: string): AddressParts {
  const prefix = PREFIX.exec(address)?.[0] ?? "";
  const body = address.slice(prefix.length);
  if (body.length <= 14) return { prefix, head: body, middle: "", tail: "" };
  return { prefix, head: body.slice(0, 6), middle: body.slice(6, -6), tail: body.slice(-6) };
}

export function shortAddress(address: string): string {
  const { prefix, head, middle, tail } = addressParts(address);
  return middle ? `${prefix}${head}…${tail}` : address;
}

export interface Mark {
  character: string;
  differs: boolean;
}

/**
 * The whole address in groups of four, each character marked where it differs from `known`.
 * Hexadecimal addresses are compared without regard to case, which only carries a checksum.
 */
export function addressGroups(address: string, known?: string): Mark[][] {
  const prefix = PREFIX.exec(address)?.[0] ?? "";
  const body = address.slice(prefix.length);
  const isHex = prefix.toLowerCase() === "0x";
  const fold = (text: string) => (isHex ? text.toLowerCase() : text);
  const other = known?.slice((PREFIX.exec(known)?.[0] ?? "").length);
  const marks = [...body].map((character, at) => ({
    character,
    differs: other !== undefined && fold(character) !== fold(other[at] ?? ""),
  }));
  const groups: Mark[][] = [];
  for (let at = 0; at < marks.length; at += 4) groups.push(marks.slice(at, at + 4));
  if (prefix) groups.unshift([...prefix].map((character) => ({ character, differs: false })));
  return groups;
}

const NETWORKS: Record<string, { mark: string; name: string }> = {
  "eip155:1": { mark: "ETH", name: "Ethereum" },
  "eip155:10": { mark: "OP", name: "Optimism" },
  "eip155:56": { mark: "BSC", name: "BNB Smart Chain" },
  "eip155:61": { mark: "ETC", name: "Ethereum Classic" },
  "eip155:137": { mark: "POL", name: "Polygon" },
  "eip155:42161": { mark: "ARB", name: "Arbitrum" },
  "eip155:43114": { mark: "AVAX", name: "Avalanche" },
  "eip155:11155111": { mark: "SEP", name: "Sepolia" },
  "bip122:000000000019d6689c085ae165831e93": { mark: "BTC", name: "Bitcoin" },
  "bip122:12a765e31ffd4059bada1e25190f6e98": { mark: "LTC", name: "Litecoin" },
  "bip122:000000000000000000651ef99cb9fcbe": { mark: "BCH", name: "Bitcoin Cash" },
  "bip122:1a91e3dace36e2be3bf030a65679fe82": { mark: "DOGE", name: "Dogecoin" },
  "tron:0x2b6653dc": { mark: "TRX", name: "Tron" },
  "xrpl:0": { mark: "XRP", name: "XRP Ledger" },
};

/** Network ids offered where a person chooses one. */
export const NETWORK_IDS = Object.keys(NETWORKS);

/** A short mark and a name for a CAIP-2 id; unknown ids name themselves. */
export function network(id: string): { mark: string; name: string } {
  const known = NETWORKS[id];
  if (known) return known;
  const [family = id, reference = ""] = id.split(":");
  return family === "eip155"
    ? { mark: `#${reference}`, name: `EVM chain ${reference}` }
    : { mark: family.slice(0, 4).toUpperCase(), name: id };
}
