import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { api } from "../../api/endpoints";
import type { AddressProfile } from "../../api/model";
import { shortAddress } from "../../lib/address";
import type { Path } from "../../lib/flow";
import { plural } from "../../lib/words";
import { AddressGroups, Categories, NetworkMark } from "../../parts/Address";
import { CopyButton } from "../../parts/Copy";
import { Contributions } from "../../parts/Contributions";
import { ExposureTable } from "../../parts/ExposureTable";
import { ReasonCard } from "../../parts/ReasonCard";
import { PageHead, Section } from "../../parts/Section";
import { Loaded, Skeleton } from "../../parts/States";
import { showToast } from "../../parts/Toast";
import { Verdict } from "../../parts/Verdict";
import { useParam } from "../../shell/router";
import { ActivityChart } from "./ActivityChart";
import { AddressDecisions } from "./AddressDecisions";
import { Checked } from "./Checked";
import { Claims } from "./Claims";
import { ProfileFacts } from "./ProfileFacts";
import { SimilarAddresses } from "./SimilarAddresses";
import "./address.css";

const FlowGraph = lazy(() => import("./flow/FlowGraph"));

/** The head sentence: the heaviest reason, or plainly what is not known. */
function headline(profile: AddressProfile): string {
  const [first] = profile.reasons;
  if (first) return first.sentence;
  if (!profile.is_known && profile.claims.length === 0) {
    return "Not seen yet, and no list names it.";
  }
  if (profile.is_service) return "A service, by what lists say. No rule asks for more.";
  return "No rule asks for more. See below what was checked and what was not.";
}

function Profile({ profile }: { profile: AddressProfile }) {
  const { network, address } = profile;
  const [path, setPath] = useState<Path | null>(null);
  const showPath = (direction: "received" | "sent") => async (category: string) => {
    try {
      const { steps } = await api.path(network, address, category, direction);
      if (steps.length === 0) {
        showToast({ text: "The path's transfers are older than what is kept.", isProblem: true });
        return;
      }
      setPath({ category, steps });
      document.getElementById("flow")?.scrollIntoView({ block: "start" });
    } catch (error) {
      showToast({ text: `No path: ${(error as Error).message}`, isProblem: true });
    }
  };
  const pathOf = (direction: "received" | "sent") => (category: string) =>
    void showPath(direction)(category);
  return (
    <>
      <div className="profile-head">
        <div className="row wrap">
          <Verdict level={profile.level} />
          <Categories categories={profile.categories} most={8} />
          {profile.is_contradicted && (
            <span className="tag" title="One list speaks against it, another calls it a service">
              lists contradict each other
            </span>
          )}
          {profile.is_contract && <span className="tag">contract</span>}
          {profile.cluster && (
            <span className="tag" title="Addresses that signed one transaction together">
              {profile.cluster.size} {plural(profile.cluster.size, "address", "addresses")} of one
              owner
            </span>
          )}
        </div>
        <p className="figure">{headline(profile)}</p>
      </div>
      <ProfileFacts profile={profile} />
      <div className="split">
        <div className="split-main">
          {profile.reasons.length > 0 && (
            <Section title="Reasons" note="if it were the payer of a transfer to us now">
              {profile.reasons.map((reason, at) => (
                <ReasonCard key={reason.code} reason={reason} isOpen={at === 0} />
              ))}
            </Section>
          )}
          <Section title="Exposure" note="shares of all funds, followed hop by hop">
            <div className="pair">
              <ExposureTable
                title="Funds came from"
                exposures={profile.received}
                none="No listed source within the hops that are followed."
                onPath={pathOf("received")}
              />
              <ExposureTable
                title="Funds went to"
                exposures={profile.sent}
                none="No listed receiver within the hops that are followed."
                onPath={pathOf("sent")}
              />
            </div>
          </Section>
        </div>
        <aside className="split-side">
          <Checked checked={profile.checked} notChecked={profile.not_checked} />
        </aside>
      </div>
      <Section title="Flow" id="flow">
        <Suspense fallback={<Skeleton lines={8} height={24} />}>
          <FlowGraph
            key={network + address}
            network={network}
            address={address}
            path={path}
            onClearPath={() => setPath(null)}
          />
        </Suspense>
      </Section>
      <Section title="Activity" note="transfers in, above the line, and out, below it">
        <ActivityChart network={network} address={address} />
      </Section>
      <div className="split">
        <div className="split-main">
          <Section title="Lists that name it">
            <Claims claims={profile.claims} />
          </Section>
          <SimilarAddresses network={network} address={address} />
        </div>
        <aside className="split-side">
          <Section title="Account model" note="never a verdict by itself">
            <Contributions
              title="This account"
              score={profile.score}
              contributions={profile.contributions}
            />
          </Section>
        </aside>
      </div>
      <Section title="Decisions" note="newest first">
        <AddressDecisions network={network} address={address} />
      </Section>
    </>
  );
}

export default function Address() {
  const network = useParam("network");
  const address = useParam("address");
  const query = useQuery({
    queryKey: ["address", network, address],
    queryFn: () => api.address(network, address),
  });
  useEffect(() => {
    document.title = `${shortAddress(address)} · Ringfence`;
  }, [address]);
  return (
    <div className="page">
      <PageHead
        title={
          <span className="row wrap address-title">
            <NetworkMark id={network} />
            <AddressGroups address={query.data?.address ?? address} />
            <CopyButton text={query.data?.address ?? address} what="Address" />
          </span>
        }
      />
      <Loaded query={query} skeleton={<Skeleton lines={16} height={16} />}>
        {(profile) => <Profile key={network + address} profile={profile} />}
      </Loaded>
    </div>
  );
}
