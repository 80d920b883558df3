/** The bytes of a QR code (ISO/IEC 18004): text in byte mode, error correction of level M. */
import { correction } from "./reedSolomon";

/** Largest version: 97 modules, which phones still read from a screen; up to 666 bytes of text. */
export const VERSION_MAX = 20;

/** By version, from 1: correcting codewords of a block, and blocks. Table 9, level M. */
const CORRECTION = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26];
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16];

export const sizeOf = (version: number) => version * 4 + 17;

/** Modules that carry codewords: all but finders, timing, alignment, format and version. */
function dataModules(version: number): number {
  let modules = (16 * version + 128) * version + 64;
  if (version >= 2) {
    const aligned = Math.floor(version / 7) + 2;
    modules -= (25 * aligned - 10) * aligned - 55;
    if (version >= 7) modules -= 36;
  }
  return modules;
}

const totalBytes = (version: number) => Math.floor(dataModules(version) / 8);
const dataBytes = (version: number) =>
  totalBytes(version) - (CORRECTION[version - 1] ?? 0) * (BLOCKS[version - 1] ?? 0);
const countBits = (version: number) => (version < 10 ? 8 : 16);

/** The smallest version that holds so many bytes, or null. */
export function versionFor(length: number): number | null {
  for (let version = 1; version <= VERSION_MAX; version += 1) {
    if (4 + countBits(version) + length * 8 <= dataBytes(version) * 8) return version;
  }
  return null;
}

function padded(bytes: Uint8Array, version: number): Uint8Array {
  const bits: number[] = [];
  const push = (value: number, count: number) => {
    for (let bit = count - 1; bit >= 0; bit -= 1) bits.push((value >>> bit) & 1);
  };
  push(0b0100, 4);
  push(bytes.length, countBits(version));
  for (const byte of bytes) push(byte, 8);
  const room = dataBytes(version) * 8;
  push(0, Math.min(4, room - bits.length));
  push(0, -bits.length & 7);
  for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11) push(pad, 8);
  const result = new Uint8Array(room / 8);
  for (const [at, bit] of bits.entries()) result[at >>> 3] = ((result[at >>> 3] ?? 0) << 1) | bit;
  return result;
}

/** Data and correction, cut into blocks and laid one after another by turns. */
export function codewords(bytes: Uint8Array, version: number): Uint8Array {
  const data = padded(bytes, version);
  const degree = CORRECTION[version - 1] ?? 0;
  const blocks = BLOCKS[version - 1] ?? 0;
  const short = Math.floor(data.length / blocks);
  const shortBlocks = blocks - (data.length % blocks);
  const parts: { data: Uint8Array; correction: Uint8Array }[] = [];
  for (let block = 0, at = 0; block < blocks; block += 1) {
    const length = short + (block < shortBlocks ? 0 : 1);
    const part = data.subarray(at, at + length);
    at += length;
    parts.push({ data: part, correction: correction(part, degree) });
  }
  const result: number[] = [];
  for (let at = 0; at <= short; at += 1) {
    for (const part of parts) {
      const byte = part.data[at];
      if (byte !== undefined) result.push(byte);
    }
  }
  for (let at = 0; at < degree; at += 1) {
    for (const part of parts) result.push(part.correction[at] ?? 0);
  }
  return Uint8Array.from(result);
}
