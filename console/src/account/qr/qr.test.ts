import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { VERSION_MAX, versionFor } from "./codewords";
import { pathOf, qrOf } from "./qr";

// Made with the Python package qrcode 8.2 (BSD), another implementation of ISO/IEC 18004, in byte mode
// with level M.
const URI =
  "otpauth://totp/Ringfence:ada%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ringfence";
const SMALL = [
  "#######.#.###.#######",
  "#.....#.#.#.#.#.....#",
  "#.###.#.##....#.###.#",
  "#.###.#...#.#.#.###.#",
  "#.###.#.#.###.#.###.#",
  "#.....#..#....#.....#",
  "#######.#.#.#.#######",
  ".........##..........",
  "#..#########.#..#.###",
  "...###..#..###..####.",
  ".#.#####.#.##..#.####",
  "#.#..#..#.#.###.#.###",
  ".#....#..#######.....",
  "........#...###.#.##.",
  "#######.#.##....#.#..",
  "#.....#.##....#.####.",
  "#.###.#.##...##..#.##",
  "#.###.#.##..####.##..",
  "#.###.#..#.###..#.###",
  "#.....#....##..#.####",
  "#######.##..##..##...",
];
// Of each mask, SHA-256 of the rows as zeros and ones with line ends between.
const KNOWN = [
  {
    text: URI,
    size: 41,
    digests: [
      "9b0d086b384c814ab1b6edfff177477d851efb61293d14e6e67af71984fa7d6a",
      "dcfc30bd000d1da724de7b3be3da1a081a96eee8f7151bbc01d90c7419a88d6d",
      "e77267b7a118121083524ecb749c1bb0dd4ab63510e6fd2497d30e841f1a8495",
      "1fbbbb04170c9aea1ddba9bfac20468390eed6ad06e244f0a87582426f91c1c9",
      "784bc9f5dc81ce60a560cbbef947013017c47327cf0b7ba431bac653817c7915",
      "fab5c9ef19cdac12483c4b3aaad6718af984a20090aad36ad5c3881b3c7e83b2",
      "8143e768e2fa9c4f455928cc1f5c1e54490ab4fbfa56d81d57ce2619d293551e",
      "b0eca221c658d7d97b959f4ad7820c49f0240751af0fd0e93780e7ada8a40848",
    ],
  },
  {
    text: "x".repeat(15),
    size: 25,
    digests: [
      "be1f4b93f39e9f2b2078c3ee1b75b380b920cf717fadc9593dca07aa7f0a32e0",
      "12ac42ff396eaaf54b2ebb744b3d693902103d977002a0e77697c2125c3e1b4d",
      "9dd0b16a1d8f3f51a9c03aa9458dbf53a4ae00f57d01cd7b357c6c1992fdd6c6",
      "1dc45a3fe41aa249eec8ecf5f952d902d461f2e36a2c74a660734cb0c3111199",
      "62b088d1ce7fd4718767e5c0f4ac49f294d9a028f3cfeb966ca9ed5c2485b91c",
      "dee8b2a943793efc55e72d3378bc74112ef38827ad2e275a9493b5f396724def",
      "b44782b1e3424ce7e024e2e3b6e4f7cbc09651676bdc79807a9a4a9a7dfa25e8",
      "d461cc5452a678ca513052bdf8a2d9f88d8c4c6507f7853be013fe039d0613c2",
    ],
  },
  {
    text: "y".repeat(600),
    size: 93,
    digests: [
      "31396ce521dd171fd2ac99d2bf29821497544f392c506f727a0315b4af7045da",
      "8259522f8ce4944ae90555e728e3e582d126086e3dd8f2e4d52ee9462f453690",
      "2774d34f1fc35f2595b2fa4a9cadbe57212bcef07e40bdcc594292f9e5edb37f",
      "30acf301101d2996fd949b1dea7fc653b0da29f8773038a0a5d9cd661f081b8a",
      "8a0c9bee28dec51b7de87f088b433b76e537aee6902806eb1649818838e0ec8b",
      "96dd77da2542f3dd705976a7165652602a3c13f4c6ae6b51c1f926375457f6cf",
      "7c83e05eb60e4cba6406bd050e731e0ffb2733b7ce9a6a0047ec92eedbe046d0",
      "b34d732bc3ca3d8bf1eef442cbd28e5475946985045ce9767bc7cd3ca24f1680",
    ],
  },
];

const rows = (text: string, mask?: number) =>
  (qrOf(text, mask) ?? []).map((line) => line.map(Number).join(""));

describe("QR codes", () => {
  it("are module for module those of another implementation", () => {
    expect(rows("otpauth", 6).map((row) => row.replaceAll("0", ".").replaceAll("1", "#"))).toEqual(
      SMALL,
    );
  });
  it("agree with it for every mask, with one block and with many", () => {
    for (const { text, size, digests } of KNOWN) {
      for (const [mask, digest] of digests.entries()) {
        const drawn = rows(text, mask);
        expect(drawn).toHaveLength(size);
        expect(createHash("sha256").update(drawn.join("\n")).digest("hex"), `mask ${mask}`).toBe(
          digest,
        );
      }
    }
  });
  it("are the smallest that hold the text, up to a size that a phone reads", () => {
    expect([14, 15, 26, 27].map(versionFor)).toEqual([1, 2, 2, 3]);
    expect(versionFor(666)).toBe(VERSION_MAX);
    expect(qrOf("z".repeat(667))).toBeNull();
  });
  it("choose a mask that is one of the eight", () => {
    const chosen = rows(URI).join("\n");
    expect([0, 1, 2, 3, 4, 5, 6, 7].some((mask) => rows(URI, mask).join("\n") === chosen)).toBe(
      true,
    );
  });
  it("are drawn as one path that covers each dark module once", () => {
    const matrix = qrOf("otpauth") ?? [];
    const dark = matrix.flat().filter(Boolean).length;
    const widths = [...pathOf(matrix).matchAll(/h(\d+)v1/g)].map(([, width]) => Number(width));
    expect(widths.reduce((sum, width) => sum + width, 0)).toBe(dark);
  });
});
