/** Times in words. Lists say how long ago; evidence says exactly when, with its zone. */

const UNITS: [seconds: number, word: string][] = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
];

/** A length of time in its largest unit: "12 s", "4 min", "3 h", "2 d". */
export function duration(seconds: number): string {
  const length = Math.max(0, Math.floor(seconds));
  const [size, word] = UNITS.find(([unit]) => length >= unit) ?? [1, "s"];
  return `${Math.floor(length / size)} ${word}`;
}

const two = (value: number) => String(value).padStart(2, "0");

/** `2026-11-22 11:05:03 UTC`. */
export function absolute(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return `${date.toISOString().slice(0, 10)} ${date.toISOString().slice(11, 19)} UTC`;
}

/** The same moment where the reader is, with the zone's offset. */
export function absoluteHere(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  const offset = -date.getTimezoneOffset();
  const sign = offset < 0 ? "−" : "+";
  const hours = Math.floor(Math.abs(offset) / 60);
  const minutes = Math.abs(offset) % 60;
  const zone = `UTC${sign}${hours}${minutes ? `:${two(minutes)}` : ""}`;
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${clock} ${zone}`;
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** `14 Nov 08:16` in UTC, or the date alone where the year is another one. */
function calendar(at: number, now: number): string {
  const iso = new Date(at).toISOString();
  if (new Date(now).getUTCFullYear() !== Number(iso.slice(0, 4))) return iso.slice(0, 10);
  const month = MONTHS[Number(iso.slice(5, 7)) - 1];
  return `${Number(iso.slice(8, 10))} ${month} ${iso.slice(11, 16)}`;
}

/** How long ago in lists: "now", "12 s", "4 min"; from a week on the day, which reads better. */
export function relative(time: string, now: number): string {
  const at = Date.parse(time);
  if (Number.isNaN(at)) return time;
  const seconds = Math.floor((now - at) / 1000);
  if (seconds < 0) return seconds > -60 ? "now" : `in ${duration(-seconds)}`;
  if (seconds < 1) return "now";
  if (seconds >= 7 * 86_400) return calendar(at, now);
  return `${duration(seconds)} ago`;
}
