import { useCallback, useEffect, useState } from "react";
import { type Listing, type Round, loadRound, loadRounds } from "./round";

/** URL of the folder that the page is in. */
export const PAGE = new URL(".", document.baseURI).href;

export interface Loading<T> {
  data: T | null;
  error: unknown;
  again: () => void;
}

/** What a load gives, for as long as it is the one that was asked for last. */
export function useLoad<T>(load: () => Promise<T>): Loading<T> {
  const [state, setState] = useState<{ of: unknown; data: T | null; error: unknown }>({
    ...{ of: null, data: null, error: null },
  });
  const [turn, setTurn] = useState(0);
  const again = useCallback(() => setTurn((last) => last + 1), []);
  useEffect(() => {
    let isCurrent = true;
    load().then(
      (data) => isCurrent && setState({ of: load, data, error: null }),
      (error: unknown) => isCurrent && setState({ of: load, data: null, error }),
    );
    return () => {
      isCurrent = false;
    };
  }, [load, turn]);
  const isOld = state.of !== load;
  return { data: isOld ? null : state.data, error: isOld ? null : state.error, again };
}

const rounds = new Map<string, Promise<Round>>();

/** A round, loaded once; what failed is tried again. */
export function roundOf(listing: Listing): Promise<Round> {
  const known = rounds.get(listing.base);
  if (known) return known;
  const loading = loadRound(listing);
  rounds.set(listing.base, loading);
  loading.catch(() => rounds.delete(listing.base));
  return loading;
}

export const listingsOf = (): Promise<Listing[]> => loadRounds(PAGE);

export function useRound(listing: Listing): Loading<Round> {
  return useLoad(useCallback(() => roundOf(listing), [listing]));
}
