import { addressGroups, shortAddress } from "../../lib/address";
import { CopyButton } from "../../parts/Copy";

interface WholeProps {
  address: string;
  /** Where it differs from this one, it says so. */
  known?: string;
}

/** The whole address in groups of four: the only way it is shown where somebody decides. */
export function WholeAddress({ address, known }: WholeProps) {
  const groups = addressGroups(address, known);
  const count = groups.flat().filter(({ differs }) => differs).length;
  return (
    <span className="whole-address">
      <span className="hidden-visually">
        {address}
        {known !== undefined && `, ${count} characters differ`}
      </span>
      <span className="groups mono" aria-hidden="true" data-address={address}>
        {groups.map((group, at) => (
          <span key={at}>
            {group.map(({ character, differs }, place) =>
              differs ? <mark key={place}>{character}</mark> : character,
            )}
          </span>
        ))}
      </span>
    </span>
  );
}

/** In lists: both ends, and the whole to copy. */
export function ShortAddress({ address }: { address: string }) {
  return (
    <span className="row gap4">
      <code title={address}>{shortAddress(address)}</code>
      <CopyButton text={address} what="Address" />
    </span>
  );
}
