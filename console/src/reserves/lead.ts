/** The sentence that the overview begins with: what the round shows, in words. */
import { heldInAll } from "./ratio";
import type { AssetLine } from "./round";

export interface Lead {
  text: string;
  /** Less is shown than is owed. */
  isShort: boolean;
}

export const listOf = (names: readonly string[]): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

/** Longer lists are counted: the table has the names. */
const NAMED_MAX = 4;

function named(some: readonly AssetLine[], of: number): string {
  if (some.length > NAMED_MAX) return `${some.length} of ${of} assets`;
  return listOf(some.map(({ symbol }) => symbol));
}

export function leadOf(exchange: string, assets: readonly AssetLine[]): Lead {
  if (assets.every(({ held }) => held === null)) {
    const text = `This round shows what ${exchange} owes its customers. It does not show what ${exchange} holds.`;
    return { text, isShort: false };
  }
  const isMargin = assets.some(({ margin }) => margin !== null);
  const short = assets.filter(({ held, toHold }) => held !== null && heldInAll(held) < toHold);
  if (short.length > 0) {
    const which = named(short, assets.length);
    const than = isMargin ? "it has to hold" : "it owes";
    return { text: `${exchange} shows less than ${than} of ${which}.`, isShort: true };
  }
  const claimed = assets.filter(({ held }) => held !== null && held.claim > 0n);
  const as = isMargin ? "it has to hold for" : "it owes";
  const text = `${exchange} shows at least as much of every asset as ${as} its customers.`;
  if (claimed.length === 0) return { text, isShort: false };
  const part = named(claimed, assets.length);
  return { text: `${text} Of ${part}, a part is only claimed.`, isShort: false };
}
