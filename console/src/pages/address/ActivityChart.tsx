import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/endpoints";
import { count } from "../../lib/amount";
import { fillBuckets } from "../../lib/buckets";
import { duration } from "../../lib/time";
import { BarChart } from "../../parts/BarChart";
import { Loaded, Skeleton } from "../../parts/States";

const DAY_S = 86_400;

/** Transfers over time, with the times of held or denied ones marked. */
export function ActivityChart({ network, address }: { network: string; address: string }) {
  const query = useQuery({
    queryKey: ["activity", network, address],
    queryFn: () => api.activity(network, address),
  });
  return (
    <Loaded query={query} skeleton={<Skeleton lines={1} height={160} />}>
      {({ buckets, bucket_s, is_truncated }) =>
        buckets.length === 0 ? (
          <p className="muted">No transfer of this address was judged yet.</p>
        ) : (
          <>
            <BarChart
              label={`Transfers in and out, one bar for each ${duration(bucket_s)}`}
              bars={fillBuckets(buckets, bucket_s).map((bucket) => ({
                label:
                  bucket_s >= DAY_S
                    ? bucket.start.slice(0, 10)
                    : bucket.start.slice(0, 16).replace("T", " "),
                up: bucket.in,
                down: bucket.out,
                marked: bucket.held,
              }))}
              describe={(bar) =>
                `${bar.label}: ${count(bar.up)} in, ${count(bar.down)} out, ${count(bar.marked)} above allow`
              }
            />
            {is_truncated && (
              <p className="muted small">Older transfers are not counted: there are too many.</p>
            )}
          </>
        )
      }
    </Loaded>
  );
}
