import { useState, type FormEvent } from "react";
import { NETWORK_IDS, network as networkOf } from "../../lib/address";
import { PageHead } from "../../parts/Section";
import { addressPath } from "../../shell/paths";
import { navigate } from "../../shell/router";
import "./address.css";

const ETHEREUM = "eip155:1";
const BITCOIN = "bip122:000000000019d6689c085ae165831e93";

/** The network that an address can only belong to, where its form says so. */
function likelyNetwork(address: string): string | null {
  if (/^0x[0-9a-f]{40}$/i.test(address)) return ETHEREUM;
  if (/^(bc1[a-z0-9]{20,}|[13][1-9A-HJ-NP-Za-km-z]{25,34})$/.test(address)) return BITCOIN;
  if (/^T[1-9A-HJ-NP-Za-km-z]{33}$/.test(address)) return "tron:0x2b6653dc";
  return null;
}

/** Looks an address up, seen or not: what lists, exposure and the model say of it. */
export default function Lookup() {
  const [network, setNetwork] = useState(ETHEREUM);
  const [address, setAddress] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (address.trim()) navigate(addressPath(network, address.trim()));
  };
  return (
    <div className="page">
      <PageHead title="Addresses" />
      <form className="lookup" onSubmit={submit}>
        <p>
          Paste an address to see what is known of it: reasons, where its money came from, what
          lists say, and who looks like it. It need not have been seen before.
        </p>
        <label className="label">
          Address
          <input
            className="field mono"
            autoFocus
            autoComplete="off"
            spellCheck={false}
            value={address}
            onChange={(event) => {
              setAddress(event.target.value);
              const likely = likelyNetwork(event.target.value.trim());
              // An EVM address fits every EVM chain: a choice that was made stays.
              if (likely && !(likely === ETHEREUM && network.startsWith("eip155:"))) {
                setNetwork(likely);
              }
            }}
          />
        </label>
        <label className="label">
          Network
          <select
            className="select"
            value={network}
            onChange={(event) => setNetwork(event.target.value)}
          >
            {NETWORK_IDS.map((id) => (
              <option key={id} value={id}>
                {networkOf(id).name}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" className="button primary" disabled={!address.trim()}>
          Look up
        </button>
      </form>
    </div>
  );
}
