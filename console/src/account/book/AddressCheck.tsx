import { Icon } from "../../parts/Icon";
import type { CheckedAddress } from "../model";
import { WholeAddress } from "../parts/Address";

/** What was found about an address before anybody decides, and what was not checked. */
export function AddressCheck({ checked }: { checked: CheckedAddress }) {
  const { looks_like, screening, not_checked, is_known } = checked;
  return (
    <div className="stack gap16" data-check={screening.level}>
      <div className="address-panel">
        <span className="muted small">On {checked.network_name}, in its normal form</span>
        <WholeAddress address={checked.address} />
        <span className="muted small">
          Compare all of it with where it comes from, not its ends alone.
        </span>
      </div>
      {looks_like && (
        <div className="notice is-hold" role="alert" data-look-alike="">
          <Icon name="warning" />
          <div className="stack">
            <span>
              <strong>It looks like “{looks_like.label}”, and it is another address.</strong>{" "}
              Thieves make such addresses and wait that one is copied from the history. Marked is
              where it differs:
            </span>
            <WholeAddress address={checked.address} known={looks_like.address} />
            <span>Yours is:</span>
            <WholeAddress address={looks_like.address} />
          </div>
        </div>
      )}
      {is_known && (
        <p className="notice">
          <Icon name="check" /> <span>It stands in your book already.</span>
        </p>
      )}
      {screening.sentence ? (
        <p
          className={`notice${screening.level === "allow" ? "" : " is-hold"}`}
          role={screening.level === "allow" ? undefined : "alert"}
        >
          <Icon name={screening.level} /> <span>{screening.sentence}</span>
        </p>
      ) : (
        <p className="notice">
          <Icon name="check" />
          <span>
            It stands on none of the lists that we looked at. That does not make it the address of
            the person you mean.
          </span>
        </p>
      )}
      {not_checked.length > 0 && <NotChecked what={not_checked} />}
    </div>
  );
}

export function NotChecked({ what }: { what: string[] }) {
  return (
    <div className="stack gap4 small muted">
      <span>Not checked:</span>
      <ul className="dotted">
        {what.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
    </div>
  );
}
