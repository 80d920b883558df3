/** Moments for customers: a date in words, with its zone. */
const format = (zone: string | undefined) =>
  new Intl.DateTimeFormat("en-GB", {
    ...({ day: "numeric", month: "long", year: "numeric" } as const),
    ...({ hour: "2-digit", minute: "2-digit", second: "2-digit" } as const),
    timeZoneName: "short",
    ...(zone ? { timeZone: zone } : {}),
  });

/** `1 November 2026 at 00:00:00 UTC`. */
export const inUtc = (seconds: number): string => format("UTC").format(seconds * 1000);

/** The same where the reader is; null where that is UTC. */
export function inOwnZone(seconds: number): string | null {
  const own = format(undefined).format(seconds * 1000);
  return own === inUtc(seconds) ? null : own;
}
