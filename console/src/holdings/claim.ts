/** What a list says of an address, and what that proves. */
import type { Chain } from "./chains";
import type { ControlEvidence } from "./control";
import type { Bytes } from "./encoding";

/** How surely something is known, the surest first. */
export const LEVELS = ["proof", "two_sources", "claim"] as const;
export type Level = (typeof LEVELS)[number];

export const weaker = (a: Level, b: Level): Level =>
  LEVELS.indexOf(a) > LEVELS.indexOf(b) ? a : b;

export interface Claim {
  chain: Chain;
  address: string;
  /** The text that was signed. */
  message: string;
  signatures: readonly string[];
  /** Redeem or witness script of a multisig, or public keys. */
  keys: readonly string[];
  /** Accounts that own a contract or a validator. */
  owners: readonly string[];
  /** What the chain says of who controls the address, where the address itself does not. */
  evidence: ControlEvidence | null;
}

/** How the message was turned into what was signed. */
export type MessageForm =
  | "coin_signed"
  | "bip322_simple"
  | "bip322_full"
  | "eip191"
  | "eip191_of_hash"
  | "tron"
  | "tron_of_hash"
  /** The anchor's header and the text, each with its length; hashed as the chain hashes. */
  | "anchor"
  | "plain"
  | "starknet_typed"
  | "validator_bls"
  | "eip1271";

/** Why the signers are the holders of the address. */
export type Control =
  /** The address is made of the key. */
  | { by: "key" }
  /** The address is made of a script, and enough of its keys signed. */
  | { by: "script"; threshold: number; keys: number }
  /** The chain's state names the signers. */
  | { by: "state"; height: bigint }
  /** The key runs a validator. The stake belongs to the withdrawal account. */
  | { by: "validator_key" };

/** What the rule of a chain finds. */
export interface Found {
  form: MessageForm;
  /** Keys or accounts that signed, each once. */
  signers: readonly Bytes[];
  control: Control;
  /** How surely the control is known. */
  level: Level;
}

export const byKey = (form: MessageForm, signer: Bytes): Found => ({
  ...{ form, signers: [signer], control: { by: "key" }, level: "proof" },
});

export const byState = (
  form: MessageForm,
  signers: readonly Bytes[],
  { height, level }: { height: bigint; level: Level },
): Found => ({ form, signers, control: { by: "state", height }, level });
