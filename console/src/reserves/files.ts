/** Files of a round, fetched beside this page. What cannot be had is said by its name. */
import { ProofError } from "../proof/error";

/** A file that could not be had, with the status or the fault that said so. */
export function unreadable(name: string, why: string): ProofError {
  return new ProofError("proof.file.unreadable", `the file cannot be read: ${why}`, name);
}

/** Loads a file. `isFresh` asks the server whether the copy at hand is still the one. */
export async function load(base: string, name: string, isFresh = false): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(new URL(name, base), {
      cache: isFresh ? "no-cache" : "default",
      credentials: "omit",
      referrerPolicy: "no-referrer",
    });
  } catch {
    throw unreadable(name, "there is no answer");
  }
  if (response.status === 404 || response.status === 410) {
    throw new ProofError("proof.file.missing", "the file is not there", name);
  }
  if (!response.ok) throw unreadable(name, `the answer is ${response.status}`);
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch {
    throw unreadable(name, "it breaks off");
  }
}

/** Says in which file something is wrong. */
export function inFile<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof ProofError ? error.of(file) : error;
  }
}
