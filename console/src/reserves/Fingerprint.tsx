import { CopyButton } from "../parts/Copy";
import type { Round } from "./round";

/** The one line that two people compare to know that they are shown the same. */
export function Fingerprint({ round }: { round: Round }) {
  const { fingerprint } = round;
  return (
    <div className="fingerprint">
      <div className="row">
        <h3 className="grow">Fingerprint of this round</h3>
        <CopyButton text={fingerprint} what="Fingerprint" />
      </div>
      <code className="groups">
        {fingerprint.match(/.{4}/g)?.map((group, at) => <span key={at}>{group}</span>)}
      </code>
      <p className="small muted">
        SHA-256 of manifest.json, which covers every file. If yours is the same as that of other
        customers and of the auditor, you are all shown the same round.
      </p>
    </div>
  );
}
