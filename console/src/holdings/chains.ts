/** The chains whose addresses and signatures are checked, by CAIP-2 id. */
import { NAMES } from "./anchorNames";
import { CHAINS, type Form } from "./chainTable";

export interface Chain {
  /** CAIP-2 id, in the one form in which two texts of one chain are the same. */
  readonly id: string;
  readonly form: Form;
  /** The EIP-155 id of an EVM chain. */
  readonly evm: bigint | null;
}

/** Filecoin and Injective have an EVM: another door to the same accounts, and not another chain. */
const DOORS: Readonly<Record<string, string>> = { "314": "fil:f", "1776": "cosmos:injective-1" };

/** A chain by its id; null for one whose rules are not known. */
export function chainOf(id: string): Chain | null {
  const digits = /^eip155:(.*)$/s.exec(id)?.[1];
  if (digits !== undefined) {
    if (!/^[1-9][0-9]{0,19}$/.test(digits) || BigInt(digits) >= 1n << 64n) return null;
    const door = DOORS[digits];
    return door ? chainOf(door) : { id, form: { kind: "evm" }, evm: BigInt(digits) };
  }
  const form = Object.hasOwn(CHAINS, id) ? CHAINS[id] : undefined;
  return form ? { id, form, evm: null } : null;
}

/** The chain that the anchor's lists mean by a coin or network name. */
export function chainOfAnchor(name: string): Chain | null {
  const found = Object.entries(NAMES).find(([, names]) => names.includes(name));
  return found ? chainOf(found[0]) : null;
}
