/** Searches beside the page, so that the page stays usable and can stop it. */
import { tryAnswers } from "./work";

/** Tries between two reports. */
const BATCH = 20_000;

export type FromWork = { answer: string } | { tries: number };

self.onmessage = ({ data }: MessageEvent<{ challenge: string; bits: number }>) => {
  for (let tries = 0; ; tries += BATCH) {
    const answer = tryAnswers(data.challenge, data.bits, tries, BATCH);
    if (answer !== null) {
      self.postMessage({ answer } satisfies FromWork);
      return;
    }
    self.postMessage({ tries: tries + BATCH } satisfies FromWork);
  }
};
