import { generateKeyPairSync, sign } from "node:crypto";
import { afterEach, describe, expect, test, vi } from "vitest";
import { fromHex } from "../proof/bytes";
import { ed25519 } from "./ed25519";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const raw = new Uint8Array(publicKey.export({ type: "spki", format: "der" }).subarray(-32));
const message = new TextEncoder().encode("demo/reserves\n5\n");
const signature = new Uint8Array(sign(null, message, privateKey));
const changed = (bytes: Uint8Array, at: number) =>
  Uint8Array.from(bytes, (byte, place) => (place === at ? byte ^ 1 : byte));

afterEach(() => vi.unstubAllGlobals());

describe.each([
  ["with the browser's own", () => {}],
  ["without it", () => vi.stubGlobal("crypto", {})],
])("Ed25519 %s", (_, prepare) => {
  test("takes a signature, and nothing else for it", async () => {
    prepare();
    expect(await ed25519(raw, message, signature)).toBe(true);
    for (const at of [0, 31, 32, 63]) {
      expect(await ed25519(raw, message, changed(signature, at)), `byte ${at}`).toBe(false);
    }
    expect(await ed25519(raw, changed(message, 3), signature)).toBe(false);
    expect(await ed25519(changed(raw, 0), message, signature)).toBe(false);
    expect(await ed25519(raw, message, signature.slice(1))).toBe(false);
  });

  test("agrees with RFC 8032, section 7.1, test 2", async () => {
    prepare();
    const hex = (text: string) => fromHex(text, text.length / 2) ?? new Uint8Array();
    const key = hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    const signed = hex(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    );
    expect(await ed25519(key, hex("72"), signed)).toBe(true);
    expect(await ed25519(key, hex("73"), signed)).toBe(false);
  });
});
