/**
 * Ed25519 as the browser calculates it. Some have none, and all keep it from pages that are not of
 * HTTPS or of the same machine: for these a reviewed library is loaded.
 */
import type { Ed25519 } from "../proof/note";

async function ofBrowser(...[key, message, signature]: Parameters<Ed25519>) {
  try {
    const { subtle } = globalThis.crypto;
    const known = await subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
    return await subtle.verify("Ed25519", known, signature, message);
  } catch {
    return null;
  }
}

const SIGNATURE_BYTES = 64;

export const ed25519: Ed25519 = async (key, message, signature) => {
  if (signature.length !== SIGNATURE_BYTES) return false;
  const isHeld = await ofBrowser(key, message, signature);
  if (isHeld !== null) return isHeld;
  const library = await import("@noble/curves/ed25519.js");
  // As RFC 8032 has it, and not as some ledgers do.
  return library.ed25519.verify(signature, message, key, { zip215: false });
};
