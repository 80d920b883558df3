import { useQuery } from "@tanstack/react-query";
import { api } from "../../api/endpoints";
import type { Party } from "../../api/model";
import { AddressGroups, Categories } from "../../parts/Address";
import { CopyButton } from "../../parts/Copy";
import { Section } from "../../parts/Section";
import { Loaded, Skeleton } from "../../parts/States";
import { addressPath } from "../../shell/paths";
import { Link } from "../../shell/router";

interface SimilarProps {
  network: string;
  address: string;
}

function Parties({
  network,
  parties,
  known,
}: {
  network: string;
  parties: Party[];
  known?: string;
}) {
  return (
    <ul className="similar">
      {parties.map((party) => (
        <li key={party.address}>
          <Link to={addressPath(network, party.address)}>
            {known === undefined ? (
              <AddressGroups address={party.address} />
            ) : (
              <AddressGroups address={party.address} known={known} />
            )}
          </Link>
          <span className="row gap4">
            <CopyButton text={party.address} what="Address" />
            <Categories categories={party.categories} />
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Addresses made to be mistaken for this one, with the differences marked, and its owner's others. */
export function SimilarAddresses({ network, address }: SimilarProps) {
  const query = useQuery({
    queryKey: ["similar", network, address],
    queryFn: () => api.similar(network, address),
  });
  return (
    <Section title="Similar addresses">
      <Loaded query={query} skeleton={<Skeleton lines={4} height={16} />}>
        {({ look_alikes, cluster }) => (
          <div className="stack gap16">
            <div>
              <h3>Look-alikes</h3>
              {look_alikes.length > 0 ? (
                <>
                  <p className="muted small">
                    Same beginning and end; what differs from this address is marked.
                  </p>
                  <Parties network={network} parties={look_alikes} known={address} />
                </>
              ) : (
                <p className="muted">None among the addresses seen.</p>
              )}
            </div>
            {cluster.length > 0 && (
              <div>
                <h3>Same owner</h3>
                <p className="muted small">They signed a transaction together with it.</p>
                <Parties network={network} parties={cluster} />
              </div>
            )}
          </div>
        )}
      </Loaded>
    </Section>
  );
}
