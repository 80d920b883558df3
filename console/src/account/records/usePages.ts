import { useCallback, useEffect, useState } from "react";
import type { Page } from "../../api/model";

export interface Pages<T> {
  items: T[] | undefined;
  error: unknown;
  hasMore: boolean;
  isBusy: boolean;
  more: () => void;
}

/** A long list, page after page. `fetch` must stay the same function. */
export function usePages<T>(fetch: (cursor: string | null) => Promise<Page<T>>): Pages<T> {
  const [state, setState] = useState<{ items: T[] | undefined; next: string | null }>({
    items: undefined,
    next: null,
  });
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const load = useCallback(
    async (cursor: string | null) => {
      setBusy(true);
      setError(null);
      try {
        const page = await fetch(cursor);
        setState(({ items }) => ({
          items: cursor === null ? page.items : [...(items ?? []), ...page.items],
          next: page.next,
        }));
      } catch (fault) {
        setError(fault);
      } finally {
        setBusy(false);
      }
    },
    [fetch],
  );
  useEffect(() => void load(null), [load]);
  const more = useCallback(() => void load(state.next), [load, state.next]);
  return { items: state.items, error, hasMore: state.next !== null, isBusy, more };
}
