/** Only times with transfers are sent; the quiet ones between are filled in, so that time is even. */
export interface Bucket {
  start: string;
  in: number;
  out: number;
  held: number;
}

/** More than this cannot be told apart on a screen; then the quiet times stay left out. */
const MOST = 400;

export function fillBuckets(buckets: readonly Bucket[], bucketSeconds: number): Bucket[] {
  const first = buckets[0];
  const last = buckets.at(-1);
  if (!first || !last || bucketSeconds <= 0) return [...buckets];
  const step = bucketSeconds * 1000;
  const start = Date.parse(first.start);
  const count = Math.round((Date.parse(last.start) - start) / step) + 1;
  if (!(count <= MOST)) return [...buckets];
  const known = new Map(
    buckets.map((bucket) => [Math.round((Date.parse(bucket.start) - start) / step), bucket]),
  );
  return Array.from({ length: count }, (_, at) => {
    const quiet = { start: new Date(start + at * step).toISOString(), in: 0, out: 0, held: 0 };
    return known.get(at) ?? quiet;
  });
}
