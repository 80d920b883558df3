/**
 * Who a leaf belongs to: an id of 240 bits, from a secret that the customer can see and the account
 * as the customer knows it. Ids of two customers differ, and ids of two rounds cannot be told to be
 * one customer's.
 */
import { ascii, bigEndian, joined } from "./bytes";
import { hkdf } from "./sha256";
import { ID_LEN } from "./shape";

/** Bits of an element of an id. */
const ELEMENT_BITS = 30;
const LABEL = ascii("ringfence reserves v1 user id ");

/** The id of a customer in a round: HKDF-SHA-256 with the round as salt. */
export function deriveId(round: string, account: string, secret: Uint8Array): number[] {
  const name = ascii(account);
  const context = joined(LABEL, bigEndian(name.length, 8), name);
  const bytes = new DataView(hkdf(ascii(round), secret, context).buffer);
  return Array.from(
    { length: ID_LEN },
    (_, place) => bytes.getUint32(4 * place) >>> (32 - ELEMENT_BITS),
  );
}
