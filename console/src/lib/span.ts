/** Spans and moments in a customer's words. */

const UNITS: readonly [seconds: number, one: string, many: string][] = [
  [86_400, "day", "days"],
  [3_600, "hour", "hours"],
  [60, "minute", "minutes"],
  [1, "second", "seconds"],
];

/** A span in its two largest units: "2 days 4 hours", "3 minutes 1 second"; none is "0 seconds". */
export function spanWords(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const first = UNITS.findIndex(([size]) => whole >= size);
  if (first < 0) return "0 seconds";
  let left = whole;
  const words: string[] = [];
  for (const [size, one, many] of UNITS.slice(first, first + 2)) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) words.push(`${count} ${count === 1 ? one : many}`);
  }
  return words.join(" ");
}

/** A setting's span: whole days from three days on, hours below, as people choose them. */
export function settingSpan(seconds: number): string {
  if (seconds === 0) return "none";
  if (seconds % 3_600 === 0 && seconds < 3 * 86_400) {
    const hours = seconds / 3_600;
    return `${hours} ${hours === 1 ? "hour" : "hours"}`;
  }
  return spanWords(seconds);
}

/** What is left until a moment, in seconds: never negative, and a part of a second counts as one. */
export function secondsLeft(until: string, now: number): number {
  const at = Date.parse(until);
  return Number.isNaN(at) ? 0 : Math.max(0, Math.ceil((at - now) / 1000));
}

const DAYS = "Sun Mon Tue Wed Thu Fri Sat".split(" ");
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const two = (value: number) => String(value).padStart(2, "0");

/** "Tue 24 Nov 14:05" where the reader is; with the year where it is another one than now's. */
export function momentWords(time: string, now: number): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return time;
  const isOtherYear = at.getFullYear() !== new Date(now).getFullYear();
  const day = `${at.getDate()} ${MONTHS[at.getMonth()]}${isOtherYear ? ` ${at.getFullYear()}` : ""}`;
  return `${DAYS[at.getDay()]} ${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}
