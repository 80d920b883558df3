// Passkeys as a relying party checks them (WebAuthn Level 3, 7.1 and 7.2), for the stand-in server:
// small, and without attestation. ES256 only, which the virtual authenticator has.
import { createHash, createVerify, createPublicKey, randomBytes } from "node:crypto";

const sha256 = (bytes) => createHash("sha256").update(bytes).digest();
const bytesOf = (text) => Buffer.from(text, "base64url");
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;

export class Refused extends Error {
  constructor(code, status = 401, more = {}) {
    super(code);
    Object.assign(this, { code, status, more });
  }
}

export function relyingParty(origin) {
  const rpId = new URL(origin).hostname;
  const ceremonies = new Map();

  function begin(kind, binding) {
    const ceremony = randomBytes(16).toString("base64url");
    const challenge = binding ? sha256(binding + ceremony) : randomBytes(32);
    ceremonies.set(ceremony, { kind, challenge: challenge.toString("base64url") });
    return { ceremony, challenge: challenge.toString("base64url") };
  }

  /** A ceremony is used up by the first answer, whatever it is. */
  function take(ceremony, kind) {
    const known = ceremonies.get(ceremony);
    ceremonies.delete(ceremony);
    if (!known || known.kind !== kind) throw new Refused("auth.passkey");
    return known;
  }

  function checkClient(json, type, challenge) {
    const client = JSON.parse(bytesOf(json).toString());
    const isHeld =
      client.type === type &&
      client.challenge === challenge &&
      client.origin === origin &&
      !client.crossOrigin;
    if (!isHeld) throw new Refused("auth.passkey");
  }

  function checkData(data) {
    if (!data.subarray(0, 32).equals(sha256(rpId))) throw new Refused("auth.passkey");
    if (!(data[32] & USER_PRESENT) || !(data[32] & USER_VERIFIED))
      throw new Refused("auth.passkey");
    return data.readUInt32BE(33);
  }

  return {
    beginMake(user, known = []) {
      const { ceremony, challenge } = begin("make");
      const publicKey = {
        rp: { id: rpId, name: "Ringfence" },
        user: {
          id: Buffer.from(user.id).toString("base64url"),
          name: user.email,
          displayName: user.name,
        },
        challenge,
        pubKeyCredParams: [{ type: "public-key", alg: -7 }],
        authenticatorSelection: { residentKey: "required", userVerification: "required" },
        excludeCredentials: known.map(({ id }) => ({ type: "public-key", id })),
        attestation: "none",
        timeout: 60_000,
      };
      return { ceremony, options: { publicKey } };
    },
    finishMake(ceremony, credential) {
      const { challenge } = take(ceremony, "make");
      checkClient(credential.response.clientDataJSON, "webauthn.create", challenge);
      const counter = checkData(bytesOf(credential.response.authenticatorData));
      return { id: credential.id, spki: credential.response.publicKey, counter };
    },
    beginUse(allowed = [], binding = "") {
      const { ceremony, challenge } = begin("use", binding);
      const publicKey = {
        rpId,
        challenge,
        userVerification: "required",
        allowCredentials: allowed.map(({ id }) => ({ type: "public-key", id })),
        timeout: 60_000,
      };
      return { ceremony, options: { publicKey } };
    },
    /** The passkey that answered, with its counter moved on. */
    finishUse(ceremony, credential, known) {
      const { challenge } = take(ceremony, "use");
      const passkey = known.find(({ id }) => id === credential?.id);
      if (!passkey) throw new Refused("auth.passkey");
      const { clientDataJSON, authenticatorData, signature } = credential.response;
      checkClient(clientDataJSON, "webauthn.get", challenge);
      const data = bytesOf(authenticatorData);
      const counter = checkData(data);
      const key = createPublicKey({ key: bytesOf(passkey.spki), format: "der", type: "spki" });
      const isSigned = createVerify("SHA256")
        .update(Buffer.concat([data, sha256(bytesOf(clientDataJSON))]))
        .verify(key, bytesOf(signature));
      if (!isSigned) throw new Refused("auth.passkey");
      // A counter of zero is that of a synced passkey; one that goes back is that of a copy.
      if ((counter > 0 || passkey.counter > 0) && counter <= passkey.counter) {
        throw new Refused("auth.passkey");
      }
      passkey.counter = counter;
      return passkey;
    },
  };
}
