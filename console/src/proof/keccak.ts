/**
 * Keccak with a state of 1,600 bits, over words of 32 bits: word 2i is the lower half of lane i
 * ([Keccak reference](https://keccak.team/files/Keccak-reference-3.0.pdf)). Two hashes are built on
 * it: Keccak-256 with its original padding for the transcript, and a sponge without padding for
 * Merkle trees, whose inputs have one length each.
 */

/** Words of a digest, and of a block of the sponge. */
export const DIGEST_WORDS = 8;
const SPONGE_WORDS = 34;
const STATE_WORDS = 50;
const BLOCK_BYTES = 136;

/** Eight words of 32 bits. */
export type Hash = readonly number[];

/** Constants of the rounds, as pairs of halves, from the reference's shift register. */
const ROUND_CONSTANTS = (() => {
  const constants: [number, number][] = [];
  let register = 1;
  for (let round = 0; round < 24; round += 1) {
    const halves: [number, number] = [0, 0];
    for (let power = 0; power <= 6; power += 1) {
      const bit = 2 ** power - 1;
      if (register & 1) halves[bit < 32 ? 0 : 1] |= 1 << (bit % 32);
      register = (register << 1) ^ (register & 0x80 ? 0x171 : 0);
    }
    constants.push(halves);
  }
  return constants;
})();

/** From each lane on the way of the pi step: where it goes, and how far rho turns it. */
const WALK = (() => {
  const steps: { lane: number; turn: number }[] = [];
  let [x, y] = [1, 0];
  for (let step = 0; step < 24; step += 1) {
    steps.push({ lane: x + 5 * y, turn: (((step + 1) * (step + 2)) / 2) % 64 });
    [x, y] = [y, (2 * x + 3 * y) % 5];
  }
  return steps;
})();
const WALK_LANES = Uint8Array.from(WALK, (step) => step.lane);
const WALK_TURNS = Uint8Array.from(WALK, (step) => step.turn);

const columns = new Int32Array(10);
const row = new Int32Array(10);

/** The permutation, in place. */
export function permute(state: Int32Array): void {
  for (const [low, high] of ROUND_CONSTANTS) {
    // Theta.
    for (let x = 0; x < 10; x += 1) {
      columns[x] =
        (state[x] as number) ^
        (state[x + 10] as number) ^
        (state[x + 20] as number) ^
        (state[x + 30] as number) ^
        (state[x + 40] as number);
    }
    for (let x = 0; x < 5; x += 1) {
      const left = 2 * ((x + 4) % 5);
      const right = 2 * ((x + 1) % 5);
      const rightLow = columns[right] as number;
      const rightHigh = columns[right + 1] as number;
      const turnedLow = (columns[left] as number) ^ ((rightLow << 1) | (rightHigh >>> 31));
      const turnedHigh = (columns[left + 1] as number) ^ ((rightHigh << 1) | (rightLow >>> 31));
      for (let at = 2 * x; at < STATE_WORDS; at += 10) {
        state[at] = (state[at] as number) ^ turnedLow;
        state[at + 1] = (state[at + 1] as number) ^ turnedHigh;
      }
    }
    // Rho and pi: each lane, turned, takes the place of the next on the walk.
    let heldLow = state[2] as number;
    let heldHigh = state[3] as number;
    for (let step = 0; step < 24; step += 1) {
      const turn = WALK_TURNS[step] as number;
      let a = heldLow;
      let b = heldHigh;
      if (turn >= 32) [a, b] = [b, a];
      // No turn of the walk is a multiple of 32.
      const by = turn & 31;
      const low = (a << by) | (b >>> (32 - by));
      const high = (b << by) | (a >>> (32 - by));
      const to = 2 * (WALK_LANES[(step + 1) % 24] as number);
      heldLow = state[to] as number;
      heldHigh = state[to + 1] as number;
      state[to] = low;
      state[to + 1] = high;
    }
    // Chi.
    for (let begin = 0; begin < STATE_WORDS; begin += 10) {
      for (let at = 0; at < 10; at += 1) row[at] = state[begin + at] as number;
      for (let at = 0; at < 10; at += 1) {
        const next = ~(row[(at + 2) % 10] as number) & (row[(at + 4) % 10] as number);
        state[begin + at] = (row[at] as number) ^ next;
      }
    }
    // Iota.
    state[0] = (state[0] as number) ^ low;
    state[1] = (state[1] as number) ^ high;
  }
}

function digestOf(state: Int32Array): number[] {
  return Array.from(state.subarray(0, DIGEST_WORDS), (word) => word >>> 0);
}

/** Keccak-256 of bytes, 32 bytes. */
export function keccak256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const state = new Int32Array(STATE_WORDS);
  const padded = new Uint8Array((Math.floor(bytes.length / BLOCK_BYTES) + 1) * BLOCK_BYTES);
  padded.set(bytes);
  padded[bytes.length] = 1;
  padded[padded.length - 1] = (padded[padded.length - 1] as number) | 0x80;
  const view = new DataView(padded.buffer);
  for (let begin = 0; begin < padded.length; begin += BLOCK_BYTES) {
    for (let at = 0; at < BLOCK_BYTES / 4; at += 1) {
      state[at] = (state[at] as number) ^ view.getInt32(begin + 4 * at, true);
    }
    permute(state);
  }
  const digest = new Uint8Array(4 * DIGEST_WORDS);
  const out = new DataView(digest.buffer);
  for (let at = 0; at < DIGEST_WORDS; at += 1) out.setInt32(4 * at, state[at] as number, true);
  return digest;
}

/**
 * The sponge of Merkle trees: a block replaces what is in the state, and a part of a block as much
 * of it as it has, in whole lanes. A length of input must stand fast for its place in the tree.
 */
export function sponge(words: readonly number[]): Hash {
  const state = new Int32Array(STATE_WORDS);
  for (let begin = 0; begin < words.length; begin += SPONGE_WORDS) {
    const end = Math.min(begin + SPONGE_WORDS, words.length);
    for (let at = begin; at < end; at += 1) state[at - begin] = words[at] as number;
    if ((end - begin) % 2 === 1) state[end - begin] = 0;
    permute(state);
  }
  return digestOf(state);
}
