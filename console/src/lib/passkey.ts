/** Passkey ceremonies: the browser parses and writes all of it; here only its errors get words. */

/** What the browser's own parsers take; it is passed on as it came. */
export interface PasskeyOptions {
  publicKey: Record<string, unknown>;
}

const WORDS = {
  unsupported: [
    "This browser has no passkeys",
    "Use a newer browser, or another way to sign in on this device.",
  ],
  dismissed: [
    "The passkey was not used",
    "It was cancelled or took too long. Nothing was sent. Try again when you are ready.",
  ],
  known: ["This device has a passkey here already", "Use that one, or add one on another device."],
  aborted: ["The passkey was not used", "Something else was begun. Try again."],
  origin: [
    "This address is not the exchange's own",
    "Passkeys work at its real address only. Check the address bar before you go on.",
  ],
  failed: ["The passkey could not be used", "Try again, or use another way."],
} as const;

/** What became of a ceremony, and what can be done next. */
export class CeremonyError extends Error {
  readonly title: string;
  readonly next: string;
  constructor(readonly kind: keyof typeof WORDS) {
    const [title, next] = WORDS[kind];
    super(`${title}. ${next}`);
    this.name = "CeremonyError";
    this.title = title;
    this.next = next;
  }
}

/** By the names that WebAuthn gives them. */
const KINDS: Record<string, CeremonyError["kind"]> = {
  NotAllowedError: "dismissed",
  InvalidStateError: "known",
  AbortError: "aborted",
  SecurityError: "origin",
  NotSupportedError: "unsupported",
};

/** An error of the browser's in our words. */
export function ceremonyError(error: unknown): CeremonyError {
  if (error instanceof CeremonyError) return error;
  const kind = KINDS[error instanceof Error ? error.name : ""] ?? "failed";
  return new CeremonyError(kind);
}

export const hasPasskeys = (): boolean =>
  typeof PublicKeyCredential !== "undefined" &&
  typeof PublicKeyCredential.parseRequestOptionsFromJSON === "function";

/** Whether passkeys can be offered in the e-mail field. */
export async function canOffer(): Promise<boolean> {
  if (!hasPasskeys() || typeof PublicKeyCredential.isConditionalMediationAvailable !== "function") {
    return false;
  }
  return PublicKeyCredential.isConditionalMediationAvailable().catch(() => false);
}

const asJson = (credential: Credential | null): unknown => {
  if (!(credential instanceof PublicKeyCredential)) throw new CeremonyError("failed");
  return credential.toJSON();
};

type Extra = Pick<CredentialRequestOptions, "mediation" | "signal">;

/** Asks for a passkey's answer to the server's question. */
export async function usePasskeyFor(options: PasskeyOptions, extra: Extra = {}): Promise<unknown> {
  if (!hasPasskeys()) throw new CeremonyError("unsupported");
  try {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
      options.publicKey as unknown as PublicKeyCredentialRequestOptionsJSON,
    );
    return asJson(await navigator.credentials.get({ publicKey, ...extra }));
  } catch (error) {
    throw ceremonyError(error);
  }
}

/** Makes a passkey on this device, or on one that the browser offers. */
export async function makePasskey(options: PasskeyOptions): Promise<unknown> {
  if (!hasPasskeys()) throw new CeremonyError("unsupported");
  try {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
      options.publicKey as unknown as PublicKeyCredentialCreationOptionsJSON,
    );
    return asJson(await navigator.credentials.create({ publicKey }));
  } catch (error) {
    throw ceremonyError(error);
  }
}

/** A name to begin with, from what the browser says of the device. */
export function deviceName(agent: string): string {
  if (/iPhone/.test(agent)) return "iPhone";
  if (/iPad/.test(agent)) return "iPad";
  if (/Android/.test(agent)) return "Android phone";
  if (/Macintosh/.test(agent)) return "Mac";
  if (/Windows/.test(agent)) return "Windows computer";
  if (/CrOS/.test(agent)) return "Chromebook";
  if (/Linux/.test(agent)) return "Linux computer";
  return "This device";
}
