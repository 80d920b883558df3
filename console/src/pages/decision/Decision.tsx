import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { api } from "../../api/endpoints";
import type { DecisionDetail } from "../../api/model";
import { count } from "../../lib/amount";
import { leadFirst, words } from "../../lib/words";
import { Address, NetworkMark } from "../../parts/Address";
import { CopyButton } from "../../parts/Copy";
import { Amount } from "../../parts/Amount";
import { Contributions } from "../../parts/Contributions";
import { Customer } from "../../parts/Customer";
import { ExposureTable } from "../../parts/ExposureTable";
import { Icon } from "../../parts/Icon";
import { ReasonCard } from "../../parts/ReasonCard";
import { FactLine, Facts, PageHead, Section } from "../../parts/Section";
import { Empty, Loaded, Skeleton } from "../../parts/States";
import { Time } from "../../parts/Time";
import { SeverityMark, Verdict } from "../../parts/Verdict";
import { useKeys } from "../../shell/keys";
import { decisionPath } from "../../shell/paths";
import { Link, navigate, useParam } from "../../shell/router";
import { BasisFacts } from "./BasisFacts";
import { ReceiptPanel } from "./ReceiptPanel";
import { RuleTraces } from "./RuleTraces";
import "./decision.css";

function Parties({ decision }: { decision: DecisionDetail }) {
  const { network, from, to } = decision;
  const party = (which: typeof from, none: string) =>
    which ? (
      <Address network={network} address={which.address} categories={which.categories} />
    ) : (
      <span className="muted">{none}</span>
    );
  return (
    <div className="transfer">
      <div>
        <div className="small muted">From</div>
        {party(from, "nobody: new coins")}
      </div>
      <div className="transfer-arrow">
        <Icon name="arrow" />
        <span className="strong">
          <Amount amount={decision.amount} asset={decision.asset} />
        </span>
      </div>
      <div>
        <div className="small muted">To</div>
        {party(to, "nobody: a contract is created")}
      </div>
    </div>
  );
}

function Body({ decision }: { decision: DecisionDetail }) {
  const { reasons, rules, contributions, exposures, scores, customer, network } = decision;
  const hasModel = contributions.from.length + contributions.to.length > 0;
  const hasExposure = exposures.from.length + exposures.to.length > 0;
  return (
    <div className="split">
      <div className="split-main">
        <Section title="Reasons">
          {reasons.length > 0 ? (
            leadFirst(reasons, decision.lead).map((reason, at) => (
              <ReasonCard key={reason.code} reason={reason} isOpen={at === 0} />
            ))
          ) : (
            <p className="muted">
              {decision.level === "allow"
                ? "No rule asked for more. That says what was checked, not that nothing is wrong: the rules and lists of the basis are what it rests on."
                : "The record of this decision names no reason."}
            </p>
          )}
        </Section>
        {(decision.has_detail || rules.length > 0) && (
          <Section
            title="Rules"
            note={decision.has_detail ? "that fired, or lacked one part" : "that fired"}
          >
            <RuleTraces rules={rules} />
          </Section>
        )}
        {(decision.has_detail || hasExposure) && (
          <Section title="Exposure" note="shares of the funds at the time of the decision">
            <div className="pair">
              <ExposureTable
                title="The payer's funds came from"
                exposures={exposures.from}
                none="No listed source within the hops that are followed."
              />
              <ExposureTable
                title="The receiver's funds came from"
                exposures={exposures.to}
                none="No listed source within the hops that are followed."
              />
            </div>
          </Section>
        )}
        {hasModel && (
          <Section title="Account model" note="log-odds; the model never gives a verdict by itself">
            <div className="pair">
              <Contributions title="Payer" score={scores.from} contributions={contributions.from} />
              <Contributions title="Receiver" score={scores.to} contributions={contributions.to} />
            </div>
          </Section>
        )}
        {!decision.has_detail && (
          <Section title="What is not kept">
            <p className="muted">
              Of plain allows only the signed record is kept. Rules that nearly fired and what moved
              the model can be had again by replaying the block: <code>ringfence replay</code>.
            </p>
          </Section>
        )}
      </div>
      <aside className="split-side">
        <Section title="Transfer">
          <Facts>
            <FactLine name="Time of the block">
              <Time time={decision.time} isExact />
            </FactLine>
            <FactLine name="Network">
              <span className="row">
                <NetworkMark id={network} /> {decision.network_name}
              </span>
            </FactLine>
            <FactLine name="Transaction">
              <span className="row gap4">
                <code className="breaks">{decision.tx}</code>
                <CopyButton text={decision.tx} what="Transaction hash" />
              </span>
            </FactLine>
            <FactLine name="Position">
              block {count(decision.block)}, transaction {decision.tx_index}, transfer{" "}
              {decision.sub_index}
            </FactLine>
            <FactLine name="Kind">
              {words(decision.kind)}
              {!decision.success && ", failed on chain"}
            </FactLine>
            <FactLine name="Severity">
              <SeverityMark severity={decision.severity} />
            </FactLine>
            {decision.patterns.length > 0 && (
              <FactLine name="Patterns">{decision.patterns.map(words).join(", ")}</FactLine>
            )}
          </Facts>
        </Section>
        {customer && (
          <Section title="What the customer sees">
            <Customer message={customer} />
          </Section>
        )}
        <ReceiptPanel index={decision.index} tx={decision.tx} />
        {decision.basis && <BasisFacts basis={decision.basis} />}
      </aside>
    </div>
  );
}

export default function Decision() {
  const index = Number(useParam("index"));
  const isIndex = Number.isSafeInteger(index) && index >= 0;
  const query = useQuery({
    queryKey: ["decision", index],
    queryFn: () => api.decision(index),
    enabled: isIndex,
    // A decision does not change, except that its block may be undone.
    staleTime: 60_000,
  });
  useEffect(() => {
    if (isIndex) document.title = `Decision ${index} · Ringfence`;
  }, [index, isIndex]);
  const go = (step: number) => navigate(decisionPath(Math.max(0, index + step)));
  useKeys([
    { keys: "j", label: "Earlier decision", group: "Decision", run: () => go(-1) },
    { keys: "k", label: "Later decision", group: "Decision", run: () => go(1) },
  ]);
  if (!isIndex) return <Empty title="A decision is named by its number in the journal" />;
  return (
    <div className="page">
      <PageHead
        title={`Decision ${count(index)}`}
        actions={
          <>
            <Link
              className="icon-button"
              to={decisionPath(Math.max(0, index - 1))}
              title="Earlier decision (j)"
              aria-label="Earlier decision"
            >
              <Icon name="left" />
            </Link>
            <Link
              className="icon-button"
              to={decisionPath(index + 1)}
              title="Later decision (k)"
              aria-label="Later decision"
            >
              <Icon name="right" />
            </Link>
          </>
        }
      />
      <Loaded query={query} skeleton={<Skeleton lines={14} height={16} />}>
        {(decision) => (
          <>
            {decision.is_retracted && (
              <p className="retracted">
                <Icon name="warning" size={12} /> The block of this transfer was undone by a
                reorganisation. The record stays; the transfer did not happen on the chain that won.
              </p>
            )}
            <div className="headline">
              <Verdict level={decision.level} />
              <p className="figure">
                {decision.sentence ?? "No rule asked for more than to let it pass."}
              </p>
            </div>
            <Parties decision={decision} />
            <Body decision={decision} />
          </>
        )}
      </Loaded>
    </div>
  );
}
