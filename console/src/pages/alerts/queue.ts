/** The queue of alerts: pages by cursor, kept current by the stream. */
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo } from "react";
import { api } from "../../api/endpoints";
import type { Filters } from "../../lib/search";
import { listen } from "../../api/stream";

const PAGE = 100;
/** Alerts arrive in bursts; the queue is fetched again once for all of a burst. */
const SETTLE_MS = 1_500;

/** Without a status filter the queue is what is not closed. */
function statuses(filters: Filters): string[] {
  return filters.status ?? ["open", "in_review"];
}

export function useAlerts(filters: Filters, sort: string) {
  const client = useQueryClient();
  const query = useInfiniteQuery({
    queryKey: ["alerts", filters, sort],
    queryFn: ({ pageParam }) =>
      api.alerts({ ...filters, status: statuses(filters), sort, cursor: pageParam, limit: PAGE }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: (before) => before,
  });
  useEffect(() => {
    let timer = 0;
    const refresh = () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => {
        void client.invalidateQueries({ queryKey: ["alerts"] });
      }, SETTLE_MS);
    };
    const stop = listen({ alert: refresh, gap: refresh });
    return () => {
      stop();
      window.clearTimeout(timer);
    };
  }, [client]);
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage, dataUpdatedAt } = query;
  const alerts = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  return {
    alerts,
    total: data?.pages[0]?.total ?? null,
    error: data ? null : error,
    staleSince: data && error ? dataUpdatedAt : null,
    again: () => void query.refetch(),
    more,
  };
}
