/** One key for each address, whatever its text form, so that nothing counts twice. */
import { type AddressType, type Read, Unread } from "./addressType";
import type { Chain } from "./chains";
import { type Bytes, byteLength, shown, toHex, trim, unhexExactly } from "./encoding";
import { refuse } from "./error";
import { antelope, bech32Of20, evmAccount, filecoin, readAccount, starknet, tron } from "./keyAccount";
import { readUtxo } from "./keyUtxo";

/** An address as its chain compares it. Two texts with one id are one address. */
export interface AddressKey {
  chain: Chain;
  type: AddressType;
  bytes: Bytes;
  /** `eip155:1/account/0c0d…` */
  id: string;
}

/** Longest text that is an address on any chain here (a Cardano base address has 103 letters). */
const TEXT_LEN_MAX = 160;

/** Reads an address in any of its text forms. Nothing that cannot be decoded gets a key. */
export function keyOf(chain: Chain, address: string): AddressKey {
  const text = trim(address);
  try {
    if (text === "") throw new Unread("it is empty");
    if (byteLength(text) > TEXT_LEN_MAX) throw new Unread("it is longer than any address");
    const [type, bytes] = read(chain, text);
    return { chain, type, bytes, id: `${chain.id}/${type}/${toHex(bytes)}` };
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    const { problem, isUnknownType } = error;
    return isUnknownType
      ? refuse(
          "ownership.address.unknown_type",
          `address: '${shown(text)}' of ${chain.id} has a form that is not supported: ${problem}`,
        )
      : refuse(
          "ownership.address.undecodable",
          `address: '${shown(text)}' is not an address of ${chain.id}: ${problem}`,
        );
  }
}

function read(chain: Chain, text: string): Read {
  const { form } = chain;
  switch (form.kind) {
    case "utxo":
      return readUtxo(form.coin, text);
    case "evm":
      return evm(chain, text);
    case "tron":
      return tron(text);
    case "secp256k1":
      return form.account === "filecoin" ? filecoin(text) : readAccount(form.account, form.hrp, text);
    case "ed25519":
      return readAccount(form.account, "", text);
    case "antelope":
      return antelope(text);
    case "starknet":
      return starknet(text);
  }
}

/** Chains that wrote accounts in bech32 before they wrote `0x`. */
const OLDER_FORMS: Readonly<Record<string, string>> = {
  "eip155:66": "ex",
  "eip155:210425": "lat",
  "eip155:1666600000": "one",
};

/** Twenty bytes, or the 48 of a validator's key. */
function evm(chain: Chain, text: string): Read {
  const has0x = text.startsWith("0x");
  const validator = has0x ? unhexExactly(text, 48) : null;
  if (validator) {
    if (chain.id !== "eip155:1") {
      throw new Unread("only Ethereum has validators with keys of 48 bytes");
    }
    return ["validator", validator];
  }
  const hrp = OLDER_FORMS[chain.id];
  return hrp && !has0x ? bech32Of20(hrp, text) : evmAccount(text);
}
