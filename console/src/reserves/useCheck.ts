import { useCallback, useEffect, useRef, useState } from "react";
import {
  RECEIPT_LEN_MAX,
  type Hint,
  type Outcome,
  type StepStates,
  endOf,
  hintOf,
  prepare,
  run,
} from "./check";
import { asRefusal } from "./parts";
import { RECEIPT, type Refusal } from "./refusals";
import type { Listing } from "./round";
import { PAGE, roundOf } from "./useLoad";

export interface Ended {
  outcome: Outcome;
  states: StepStates;
}

export type Check =
  | { stage: "asking"; problem: string | null }
  | { stage: "checking"; listing: Listing; states: StepStates }
  | {
      stage: "ended";
      listing: Listing | null;
      first: Ended;
      /** The second verifier's end, when it was asked. */
      second: Ended | "running" | null;
    };

const ASKING: Check = { stage: "asking", problem: null };

const refused = (refusal: Refusal): Outcome => ({
  ...{ refusal, verifier: "second", fallback: null, fingerprint: null, balances: null, took: 0 },
});

/**
 * A check of one receipt. The receipt is in the memory of this page and of its worker, nowhere else,
 * and gone from both when the view is left or another receipt is asked for.
 */
export function useCheck(listings: readonly Listing[]) {
  const [check, setCheck] = useState<Check>(ASKING);
  const receipt = useRef<Uint8Array | null>(null);
  const worker = useRef<Worker | null>(null);

  const clear = useCallback((problem: string | null = null) => {
    worker.current?.terminate();
    worker.current = prepare(PAGE);
    receipt.current?.fill(0);
    receipt.current = null;
    setCheck({ stage: "asking", problem });
  }, []);

  useEffect(() => {
    clear();
    // Browsers keep pages that were left, to go back to them: not with a receipt.
    const leave = () => clear();
    window.addEventListener("pagehide", leave);
    return () => {
      window.removeEventListener("pagehide", leave);
      clear();
      worker.current?.terminate();
    };
  }, [clear]);

  const verify = useCallback(
    async (
      bytes: Uint8Array,
      listing: Listing,
      hint: Hint | null,
      isSecond: boolean,
      hear: (states: StepStates) => void,
    ): Promise<Ended> => {
      const own = worker.current ?? prepare(PAGE);
      let states: StepStates = {};
      const fingerprint = await roundOf(listing).then(
        (round) => round.fingerprint,
        () => null,
      );
      const task = {
        ...{ page: PAGE, base: listing.base, fingerprint },
        ...{ receipt: bytes, isEveryShard: false, isSecond },
      };
      const outcome = await run(own, task, (message) => {
        if (message.kind !== "step") return;
        states = { ...states, [message.step]: message.state };
        hear(states);
      }).catch((error: unknown) => refused(asRefusal(error)));
      return { outcome, states: endOf(outcome.refusal, hint) };
    },
    [],
  );

  const give = useCallback(
    async (bytes: Uint8Array) => {
      const hint = hintOf(bytes);
      const listing = hint ? listings.find(({ round }) => round === hint.round) : listings[0];
      receipt.current = bytes;
      if (!listing) {
        const refusal = { file: RECEIPT, code: "proof.round", error: "no such round is here" };
        const outcome = refused(refusal);
        const states = { receipt: "failed" } as const;
        setCheck({ stage: "ended", listing: null, first: { outcome, states }, second: null });
        return;
      }
      setCheck({ stage: "checking", listing, states: {} });
      const first = await verify(bytes, listing, hint, false, (states) =>
        setCheck({ stage: "checking", listing, states }),
      );
      // Left meanwhile.
      if (receipt.current === bytes) setCheck({ stage: "ended", listing, first, second: null });
    },
    [listings, verify],
  );

  const again = useCallback(async () => {
    const bytes = receipt.current;
    if (!bytes || check.stage !== "ended" || !check.listing) return;
    setCheck({ ...check, second: "running" });
    const second = await verify(bytes, check.listing, hintOf(bytes), true, () => {});
    if (receipt.current === bytes) setCheck({ ...check, second });
  }, [check, verify]);

  return { check, give, again, clear };
}

/** Reads a file that was opened; what is far too long is not even read. */
export async function bytesOf(file: File): Promise<Uint8Array | null> {
  if (file.size > RECEIPT_LEN_MAX) return null;
  return new Uint8Array(await file.arrayBuffer());
}
