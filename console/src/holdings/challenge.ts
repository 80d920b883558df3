/** The text that an exchange signs for a round, and what any other text is worth. */
import { chainOf } from "./chains";
import { type Bytes, attempt, shown, toHex } from "./encoding";
import { refuse } from "./error";
import { type AddressKey, keyOf } from "./key";

/** What every challenge begins with, of whatever version. */
const FAMILY = "Ringfence reserves ";
const VERSION = "v1";

/** The challenge of this round for this address, or a sentence that can be replayed and lent. */
export type Standing = "this_round" | "replayable";

/** What all challenges of a round begin with; null where a name could forge a field. */
export function challengeOf(exchange: string, round: string, header: Bytes): string | null {
  const isName = (name: string) => /^[A-Za-z0-9._-]{1,64}$/.test(name);
  if (!isName(exchange) || !isName(round)) return null;
  const digest = toHex(header);
  return `${FAMILY}${VERSION} | exchange=${exchange} | round=${round} | header=${digest}`;
}

const other = (problem: string): never => refuse("ownership.challenge.other_round", `message: ${problem}`);

/** What a message is worth. The address in it may be in another text form; all else is as it is. */
export function standingOf(challenge: string | null, message: string, key: AddressKey): Standing {
  if (!message.startsWith(FAMILY)) return "replayable";
  if (challenge === null) return other("it is a challenge, but the round to check is not named");
  const CHAIN = " | chain=";
  const ADDRESS = " | address=";
  if (!message.startsWith(challenge + CHAIN)) {
    return other("it is the challenge of another exchange, round or header");
  }
  const rest = message.slice(challenge.length + CHAIN.length);
  const end = rest.indexOf(ADDRESS);
  if (end < 0) return other("it names no address");
  const address = rest.slice(end + ADDRESS.length);
  const chain = chainOf(rest.slice(0, end));
  const signed = chain && attempt(() => keyOf(chain, address));
  if (signed?.id !== key.id) return other(`it names the address '${shown(address)}'`);
  return "this_round";
}
