import { network as networkOf } from "../../lib/address";

/** A network's short mark; its name is on hover and read out. */
export function NetworkMark({ symbolOf, name }: { symbolOf: string; name: string }) {
  return (
    <span className="network" title={name}>
      <span aria-hidden="true">{networkOf(symbolOf).mark}</span>
      <span className="hidden-visually">{name}</span>
    </span>
  );
}
