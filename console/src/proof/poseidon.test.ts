import { describe, expect, it } from "vitest";
import { leafDigest } from "./leaf";
import { DOMAIN, formatDigest, hash, parent, parseDigest, permute } from "./poseidon";
import { shapeOf } from "./shape";
import { EMPTY, checkPath, rootOver } from "./tree";

const counting = Array.from({ length: 16 }, (_, at) => at);

describe("Poseidon2", () => {
  it("permutes as Plonky3's test says", () => {
    const state = [
      886409618, 1327899896, 1902407911, 591953491, 648428576, 1844789031, 1198336108, 355597330,
      1799586834, 59617783, 790334801, 1968791836, 559272107, 31054313, 1042221543, 474748436,
      135686258, 263665994, 1962340735, 1741539604, 2026927696, 449439011, 1131357108, 50869465,
    ];
    permute(state);
    expect(state).toEqual([
      382801106, 82839311, 1503190615, 1987418517, 854076995, 1862291425, 262755189, 1050814217,
      722724562, 741265943, 1026879332, 754316749, 1966025564, 1518878196, 502200188, 1368172258,
      845459257, 1711434837, 724453836, 171032289, 655223446, 1098636135, 407832555, 1707498914,
    ]);
  });

  it("hashes blocks as the verifier in Rust does", () => {
    expect(formatDigest(hash(DOMAIN.sums, [counting]))).toBe(
      "3963deef743b855b01b28ae82371dd2b608c87d367630b537d17471c55fc6573",
    );
    expect(formatDigest(hash(DOMAIN.sparseLeaf, [counting, new Array(16).fill(7)]))).toBe(
      "0564b8a44855c32a098723651a85d4273cbc1ccc45fa09225c2eaae2497f99af",
    );
  });

  it("reads digests in their one form", () => {
    const text = formatDigest(hash(DOMAIN.sums, [counting]));
    expect(formatDigest(parseDigest(text))).toBe(text);
    for (const wrong of [
      text.toUpperCase(),
      text.slice(1),
      `${text}0`,
      `+${text.slice(1)}`,
      `7f000001${text.slice(8)}`,
    ]) {
      expect(() => parseDigest(wrong)).toThrow("proof.canonical");
    }
  });
});

describe("leaves", () => {
  it("have the digests of the verifier in Rust", () => {
    const sparse = shapeOf("sparse", 64, 100);
    const id = [
      71326, 401720577, 664089575, 718558846, 205432181, 225431363, 1023307697, 209278123,
    ];
    const entries = [
      { asset: 14, amount: 399688693609892257n },
      { asset: 28, amount: 314521669171314625n },
      { asset: 57, amount: 237669827168157083n },
      { asset: 71, amount: 884946947457487699n },
    ];
    expect(formatDigest(leafDigest(sparse, id, entries))).toBe(
      "1f27830f4e971dc307a05cb94c9a94911a0d97b6565e4de20b2f03952bdd4052",
    );
  });

  it("hold as many entries a block as the table of the format says", () => {
    const rooms = (["dense", "sparse"] as const).flatMap((layout) =>
      ([64, 96] as const).map((width) => {
        const shape = shapeOf(layout, width, 10);
        return [shape.entriesFirst, shape.entriesNext];
      }),
    );
    expect(rooms).toEqual([
      [3, 7],
      [2, 5],
      [3, 6],
      [2, 4],
    ]);
  });
});

describe("trees", () => {
  const nodes = Array.from({ length: 5 }, (_, at) => hash(DOMAIN.sums, [new Array(16).fill(at)]));

  it("are filled up with what nothing hashes to", () => {
    const filled = [...nodes, EMPTY, EMPTY, EMPTY];
    expect(rootOver(4, 3, nodes)).toEqual(rootOver(4, 3, filled));
    expect(rootOver(0, 0, [EMPTY])).toEqual(EMPTY);
    expect(() => rootOver(0, 2, nodes)).toThrow("proof.field");
  });

  it("have one path for each place, and none for another", () => {
    const root = rootOver(2, 3, nodes);
    const node = nodes[4] as readonly number[];
    const pair = parent(2, EMPTY, EMPTY);
    const left = rootOver(2, 2, nodes.slice(0, 4));
    const siblings = [EMPTY, pair, left];
    checkPath(2, 3, 4, node, siblings, root);
    expect(() => checkPath(2, 3, 5, node, siblings, root)).toThrow("proof.path");
    expect(() => checkPath(1, 3, 4, node, siblings, root)).toThrow("proof.path");
    expect(() => checkPath(2, 3, 12, node, siblings, root)).toThrow("proof.field");
    expect(() => checkPath(2, 3, 4, node, siblings.slice(1), root)).toThrow("proof.field");
  });
});
