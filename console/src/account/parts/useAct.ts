import { useCallback, useRef, useState } from "react";

export interface Act {
  isBusy: boolean;
  error: unknown;
  /** Runs one thing at a time; what it throws is kept until the next. */
  run: (what: () => Promise<unknown>) => Promise<void>;
  clear: () => void;
}

export function useAct(): Act {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const isRunning = useRef(false);
  const run = useCallback(async (what: () => Promise<unknown>) => {
    if (isRunning.current) return;
    isRunning.current = true;
    setBusy(true);
    setError(null);
    try {
      await what();
    } catch (fault) {
      setError(fault);
    } finally {
      isRunning.current = false;
      setBusy(false);
    }
  }, []);
  const clear = useCallback(() => setError(null), []);
  return { isBusy, error, run, clear };
}
