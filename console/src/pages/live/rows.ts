/** The live list: one page from the server, then the stream, older pages on demand. */
import { useCallback, useEffect, useRef, useState } from "react";
import { api } from "../../api/endpoints";
import type { Decision } from "../../api/model";
import { listen } from "../../api/stream";
import type { Filters } from "../../lib/search";
import { LiveRows } from "../../lib/stream";

/** Enough for hours of what matters; beyond it the oldest are dropped and can be loaded again. */
const MOST = 50_000;
const PAGE = 200;
/** The server looks at a bounded part of the journal for each page, so a page may be short or empty
 * while older ones fit: this many are asked for before the list waits for scrolling again. */
const PAGES = 8;
const ENOUGH = 60;
/** Rows are drawn four times a second at most, which is as fast as one can read. */
const DRAW_MS = 250;

function fits(decision: Decision, filters: Filters): boolean {
  const { level, network, code } = filters;
  return (
    (!level || level.includes(decision.level)) &&
    (!network || network.includes(decision.network)) &&
    (!code || (decision.lead !== null && code.includes(decision.lead)))
  );
}

/** Kept outside of the page, so that the way back from a decision leads to the same rows. */
let kept: {
  key: string;
  rows: LiveRows<Decision>;
  older: string | null;
  isLoaded: boolean;
} | null = null;

function keep(key: string) {
  if (kept?.key !== key) {
    const rows = new LiveRows<Decision>((decision) => decision.index, MOST);
    kept = { key, rows, older: null, isLoaded: false };
  }
  return kept;
}

export function useLiveDecisions(filters: Filters, isReading: boolean) {
  const key = JSON.stringify(filters);
  const list = keep(key);
  const [, setRevision] = useState(0);
  const [error, setError] = useState<Error | null>(null);
  const draw = useCallback(() => setRevision((now) => now + 1), []);
  const reading = useRef(isReading);
  const isFetching = useRef(false);

  useEffect(() => {
    reading.current = isReading;
    if (!isReading) {
      list.rows.flush();
      draw();
    }
  }, [isReading, list, draw]);

  const fetchNewest = useCallback(async () => {
    try {
      const page = await api.decisions({ ...filters, limit: PAGE });
      setError(null);
      if (list.isLoaded) {
        list.rows.add(page.items, reading.current);
      } else {
        list.rows.reset(page.items);
        list.older = page.next;
        list.isLoaded = true;
      }
    } catch (problem) {
      if (!list.isLoaded) setError(problem as Error);
    }
    draw();
    // `list` changes exactly when the filters do.
  }, [list, draw]);

  useEffect(() => {
    void fetchNewest();
    let arrived: Decision[] = [];
    const stop = listen({
      decision: (decision) => {
        if (fits(decision, filters)) arrived.push(decision);
      },
      gap: () => void fetchNewest(),
    });
    const timer = window.setInterval(() => {
      if (arrived.length === 0 || !list.isLoaded) return;
      list.rows.add(arrived, reading.current);
      arrived = [];
      draw();
    }, DRAW_MS);
    return () => {
      stop();
      window.clearInterval(timer);
    };
  }, [list, fetchNewest, draw]);

  const loadOlder = useCallback(async () => {
    if (isFetching.current || list.rows.isTrimmed) return;
    isFetching.current = true;
    try {
      let added = 0;
      for (let pages = 0; list.older && added < ENOUGH && pages < PAGES; pages += 1) {
        const page = await api.decisions({ ...filters, cursor: list.older, limit: PAGE });
        list.older = page.next;
        list.rows.addOlder(page.items);
        added += page.items.length;
        draw();
      }
    } catch {
      // The rows that are there stay; scrolling again asks again.
    } finally {
      isFetching.current = false;
    }
  }, [list, draw]);

  useEffect(() => {
    if (list.isLoaded && list.rows.length < ENOUGH) void loadOlder();
  }, [list, list.isLoaded, loadOlder]);

  return {
    count: list.rows.length,
    waiting: list.rows.waitingCount,
    rowAt: useCallback((place: number) => list.rows.at(place), [list]),
    isLoading: !list.isLoaded,
    error,
    again: fetchNewest,
    flush: useCallback(() => {
      list.rows.flush();
      draw();
    }, [list, draw]),
    loadOlder: useCallback(() => void loadOlder(), [loadOlder]),
  };
}
