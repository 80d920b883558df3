import { useState, type MouseEvent } from "react";
import type { Party } from "../api/model";
import { addressGroups, addressParts, network as networkOf } from "../lib/address";
import { categoryWord, isAgainst } from "../lib/words";
import { addressPath } from "../shell/paths";
import { Link } from "../shell/router";
import { CopyButton } from "./Copy";

export function NetworkMark({ id }: { id: string }) {
  const { mark, name } = networkOf(id);
  return (
    <span className="network" title={`${name} (${id})`}>
      {mark}
    </span>
  );
}

export function Categories({ categories, most = 3 }: { categories: string[]; most?: number }) {
  const rest = categories.length - most;
  return (
    <>
      {categories.slice(0, most).map((category) => (
        <span key={category} className={`tag${isAgainst(category) ? " is-against" : ""}`}>
          {categoryWord(category)}
        </span>
      ))}
      {rest > 0 && (
        <span className="tag" title={categories.slice(most).map(categoryWord).join(", ")}>
          +{rest}
        </span>
      )}
    </>
  );
}

interface AddressProps {
  network: string;
  address: string;
  categories?: string[];
  /** A plain line in dense tables: no network mark, no buttons. */
  isPlain?: boolean;
  isLink?: boolean;
}

/** First six and last six characters; the middle is one click away and copy gives the whole. */
export function Address({
  network,
  address,
  categories = [],
  isPlain = false,
  isLink = true,
}: AddressProps) {
  const [isWhole, setWhole] = useState(false);
  const { prefix, head, middle, tail } = addressParts(address);
  const show = (event: MouseEvent) => {
    event.preventDefault();
    event.stopPropagation();
    setWhole(!isWhole);
  };
  const text = (part: string) =>
    isLink ? (
      <Link
        className="address-text"
        to={addressPath(network, address)}
        title={address}
        onClick={(event) => event.stopPropagation()}
      >
        {part}
      </Link>
    ) : (
      <span className="address-text" title={address}>
        {part}
      </span>
    );
  if (isPlain) {
    return (
      <span className="address">
        {text(middle ? `${prefix}${head}…${tail}` : address)}
        <Categories categories={categories} most={1} />
      </span>
    );
  }
  return (
    <span className="address">
      <NetworkMark id={network} />
      <span className={isWhole ? "mono whole" : "mono nowrap"}>
        {text(`${prefix}${head}`)}
        {middle && (
          <button
            type="button"
            className="middle"
            aria-expanded={isWhole}
            aria-label={isWhole ? "Hide the middle" : "Show the whole address"}
            onClick={show}
          >
            {isWhole ? middle : "…"}
          </button>
        )}
        {tail && text(tail)}
      </span>
      <CopyButton text={address} what="Address" />
      <Categories categories={categories} />
    </span>
  );
}

/** The whole address in groups of four; where it differs from `known`, it says so and marks it. */
export function AddressGroups({ address, known }: { address: string; known?: string }) {
  const groups = addressGroups(address, known);
  return (
    <span className="groups mono" aria-label={address} role="img">
      {groups.map((group, at) => (
        <span key={at}>
          {group.map(({ character, differs }, place) =>
            differs ? <mark key={place}>{character}</mark> : character,
          )}
        </span>
      ))}
    </span>
  );
}

/** A party of a transfer, or a plain statement that there is none. */
export function PartyText({ network, party }: { network: string; party: Party | null }) {
  if (!party) return <span className="muted">none</span>;
  return (
    <Address
      network={network}
      address={party.address}
      categories={party.categories.filter((name) => isAgainst(name) || party.is_service)}
      isPlain
    />
  );
}
