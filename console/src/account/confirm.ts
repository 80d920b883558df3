/** The one flow of everything that could hurt: send, be asked, show what it is, confirm, send again. */
import { extension, isOfConfirmation } from "./refusal";
import type { Asked, Confirmation, Factor } from "./model";

/** Most requests for one command: whoever fails so often begins anew. */
export const SENDS_MAX = 8;

const FACTORS: readonly Factor[] = ["passkey", "password", "totp", "mailbox"];

/** What a refusal asks for, or null where it asks for nothing that this page can give. */
export function askedBy(error: unknown): Asked | null {
  const confirm = extension(error, "confirm");
  if (typeof confirm !== "object" || confirm === null) return null;
  const { wanted, ceremony, options } = confirm as Partial<Asked>;
  if (!Array.isArray(wanted) || wanted.length === 0) return null;
  if (!wanted.every((factor) => FACTORS.includes(factor))) return null;
  return { wanted, ceremony: ceremony ?? null, options: options ?? null };
}

/** Shows what is confirmed and gives the confirmation, or null when the person leaves. */
export type Ask = (asked: Asked, refused: unknown) => Promise<Confirmation | null>;

/**
 * Sends, and confirms as often as the server asks. Gives null when the person left; throws what has
 * nothing to do with the confirmation.
 */
export async function confirmed<T>(
  send: (confirmation?: Confirmation) => Promise<T>,
  ask: Ask,
): Promise<T | null> {
  let confirmation: Confirmation | undefined;
  let asked: Asked | null = null;
  let refused: unknown = null;
  for (let sends = 1; ; sends += 1) {
    try {
      return await (confirmation ? send(confirmation) : send());
    } catch (error) {
      if (!isOfConfirmation(error) || sends >= SENDS_MAX) throw error;
      if (confirmation) refused = error;
      const again = askedBy(error);
      if (again) asked = again;
      else if (!asked) throw error;
      else if (asked.ceremony) {
        // A passkey answers each question once: the next one is fetched.
        [asked, confirmation] = [null, undefined];
        continue;
      }
      const given = await ask(asked, refused);
      if (!given) return null;
      confirmation = given;
    }
  }
}
