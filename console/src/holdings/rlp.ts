/** RLP, read strictly: each value has one encoding, and another is refused. */
import { type Bytes, concat, fromNumber, toNumber } from "./encoding";

/** A string or a list, with its encoding. */
export interface Item {
  isList: boolean;
  payload: Bytes;
  /** All of its bytes, with what tells its length. */
  whole: Bytes;
}

/** The item at the beginning; null for none, for one that breaks off, and for another encoding. */
function first(bytes: Bytes): Item | null {
  const [tag] = bytes;
  if (tag === undefined) return null;
  if (tag < 0x80) return { isList: false, payload: bytes.subarray(0, 1), whole: bytes.subarray(0, 1) };
  const isList = tag >= 0xc0;
  const short = tag - (isList ? 0xc0 : 0x80);
  const lengthBytes = short > 55 ? short - 55 : 0;
  const lengthText = bytes.subarray(1, 1 + lengthBytes);
  if (lengthText.length !== lengthBytes || lengthText[0] === 0) return null;
  const length = lengthBytes === 0 ? BigInt(short) : toNumber(lengthText);
  // What fits the shorter form is written in it.
  if ((lengthBytes > 0 && length <= 55n) || length > BigInt(bytes.length)) return null;
  const start = 1 + lengthBytes;
  const end = start + Number(length);
  if (end > bytes.length) return null;
  const payload = bytes.subarray(start, end);
  if (!isList && payload.length === 1 && (payload[0] as number) < 0x80) return null;
  return { isList, payload, whole: bytes.subarray(0, end) };
}

/** All bytes as one item. */
export function itemOf(bytes: Bytes): Item | null {
  const item = first(bytes);
  return item && item.whole.length === bytes.length ? item : null;
}

/** The items of a list, of which there are at most so many. */
export function itemsOf(list: Item, most: number): Item[] | null {
  if (!list.isList) return null;
  const items: Item[] = [];
  let rest = list.payload;
  while (rest.length > 0) {
    const item = first(rest);
    if (!item || items.length === most) return null;
    items.push(item);
    rest = rest.subarray(item.whole.length);
  }
  return items;
}

function headed(base: number, payload: Bytes): Bytes {
  const { length } = payload;
  if (length <= 55) return concat([base + length], payload);
  const text = length < 0x100 ? 1 : length < 0x10000 ? 2 : 4;
  return concat([base + 55 + text], fromNumber(BigInt(length), text), payload);
}

export const stringRlp = (bytes: Bytes): Bytes =>
  bytes.length === 1 && (bytes[0] as number) < 0x80 ? bytes : headed(0x80, bytes);

export const listRlp = (...items: readonly Bytes[]): Bytes => headed(0xc0, concat(...items));

/** A number without leading zeros. */
export function numberRlp(number: bigint): Bytes {
  if (number === 0n) return stringRlp(new Uint8Array());
  return stringRlp(fromNumber(number, Math.ceil(number.toString(16).length / 2)));
}
