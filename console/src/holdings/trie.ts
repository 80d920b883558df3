/** Merkle-Patricia proofs: what a trie with a known root has under a key. */
import { keccak_256 } from "@noble/hashes/sha3.js";
import { type Bytes, isSame, toHex } from "./encoding";
import { type Item, itemOf, itemsOf } from "./rlp";

/** Root of a trie without entries: Keccak of the empty string's RLP. */
export const EMPTY_ROOT = keccak_256(new Uint8Array([0x80]));

/** A branch has sixteen children and a value. */
const BRANCH = 17;
/** Keys are hashes: so many digits. */
const KEY_DIGITS = 64;

const NOTHING = Symbol("the trie has nothing there");
const BROKEN = Symbol("the nodes do not lead there");
type Found = Bytes | typeof NOTHING | typeof BROKEN;

/**
 * True when the nodes lead from the root to `value` under Keccak of `key`, or, for null, show that there
 * is nothing. All nodes are used, each is the one that the node before names.
 */
export function isInTrie(
  root: Bytes,
  key: Bytes,
  value: Bytes | null,
  nodes: readonly Bytes[],
): boolean {
  const found = find(root, toHex(keccak_256(key)), nodes);
  if (found === BROKEN) return false;
  if (found === NOTHING) return value === null;
  return value !== null && isSame(found, value);
}

function find(root: Bytes, path: string, nodes: readonly Bytes[]): Found {
  const [only, ...others] = nodes;
  if (only === undefined || (others.length === 0 && only.length === 1 && only[0] === 0x80)) {
    return isSame(root, EMPTY_ROOT) ? NOTHING : BROKEN;
  }
  let wanted = root;
  let rest = path;
  for (const [place, node] of nodes.entries()) {
    if (!isSame(keccak_256(node), wanted)) return BROKEN;
    const item = itemOf(node);
    const next = item ? walk(item, rest) : BROKEN;
    if (next === BROKEN || next === NOTHING || next instanceof Uint8Array) {
      // What follows a node that ends the way belongs to no way.
      return place === nodes.length - 1 ? next : BROKEN;
    }
    [wanted, rest] = [next.hash, next.rest];
  }
  // The last node names another one.
  return BROKEN;
}

/** Goes through a node, and through those that are written within it. */
function walk(node: Item, path: string): Found | { hash: Bytes; rest: string } {
  const items = itemsOf(node, BRANCH);
  if (items?.length === BRANCH) {
    const value = items[BRANCH - 1] as Item;
    // Keys have one length, so none ends at a branch.
    if (value.isList || value.payload.length > 0 || path === "") return BROKEN;
    return follow(items[Number.parseInt(path[0] as string, 16)] as Item, path.slice(1));
  }
  const [keyItem, child] = items ?? [];
  const key = items?.length === 2 && keyItem ? unpacked(keyItem) : null;
  if (!key || !child) return BROKEN;
  const isOnTheWay = path.startsWith(key.digits);
  if (key.isLeaf) {
    if (child.isList) return BROKEN;
    return isOnTheWay && path.length === key.digits.length ? child.payload : NOTHING;
  }
  return isOnTheWay ? follow(child, path.slice(key.digits.length)) : NOTHING;
}

/** A child: none, a node of its own by its hash, or a short one in full. */
function follow(child: Item, rest: string): Found | { hash: Bytes; rest: string } {
  if (child.isList) return child.whole.length < 32 ? walk(child, rest) : BROKEN;
  if (child.payload.length === 0) return NOTHING;
  return child.payload.length === 32 ? { hash: child.payload, rest } : BROKEN;
}

/** The hexadecimal digits of a leaf's or an extension's key, whose first one says which it is. */
function unpacked(item: Item): { digits: string; isLeaf: boolean } | null {
  const [first, ...rest] = toHex(item.payload);
  const flag = Number.parseInt(first ?? "f", 16);
  if (item.isList || flag > 3) return null;
  const isOdd = (flag & 1) === 1;
  if (!isOdd && rest[0] !== "0") return null;
  const digits = rest.slice(isOdd ? 0 : 1).join("");
  return digits.length > KEY_DIGITS ? null : { digits, isLeaf: flag >= 2 };
}
