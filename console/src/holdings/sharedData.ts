/** Files of the public data set, for tests: absent ones are skipped with a word. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER =
  process.env.RINGFENCE_SHARED_DATA ?? join(import.meta.dirname, "../../../../shared/data");

export function shared(file: string): string | null {
  const path = join(FOLDER, "por", file);
  if (existsSync(path)) return readFileSync(path, "utf8");
  console.log(`skipped: ${path} is absent (set RINGFENCE_SHARED_DATA)`);
  return null;
}
