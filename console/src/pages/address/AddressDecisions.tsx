import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { api } from "../../api/endpoints";
import type { Decision } from "../../api/model";
import { DataTable } from "../../parts/DataTable";
import { decisionColumns, DecisionCard } from "../../parts/decisions";
import { Empty, Fault, Skeleton } from "../../parts/States";
import { decisionPath } from "../../shell/paths";
import { navigate } from "../../shell/router";

const keyOf = (decision: Decision) => decision.index;
const open = (decision: Decision) => navigate(decisionPath(decision.index));
const card = (decision: Decision) => <DecisionCard decision={decision} />;

/** All decisions about transfers of the address. */
export function AddressDecisions({ network, address }: { network: string; address: string }) {
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(
    {
      queryKey: ["address-decisions", network, address],
      queryFn: ({ pageParam }) =>
        api.addressDecisions(network, address, { cursor: pageParam, limit: 100 }),
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.next,
    },
  );
  const rows = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  if (!data) {
    return error ? (
      <Fault error={error} again={() => void refetch()} />
    ) : (
      <Skeleton lines={6} height={16} />
    );
  }
  return (
    <div className="address-decisions">
      <DataTable
        id={`decisions-${network}-${address}`}
        label="Decisions about this address"
        columns={decisionColumns}
        count={rows.length}
        rowAt={(place) => rows[place]}
        keyOf={keyOf}
        onOpen={open}
        card={card}
        onEnd={more}
        empty={
          <Empty title="None yet">
            Decisions appear here when a transfer from or to this address is judged.
          </Empty>
        }
      />
    </div>
  );
}
