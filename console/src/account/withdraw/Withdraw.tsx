import { useState } from "react";
import { api } from "../api";
import type { Asset, BookAddress, CheckedAddress } from "../model";
import { Page } from "../parts/Page";
import { Ready } from "../parts/Refused";
import { useResource } from "../resource";
import { AmountStep } from "./AmountStep";
import { ReviewStep } from "./ReviewStep";
import { ToStep } from "./ToStep";

export interface HowMuch {
  asset: Asset;
  text: string;
  units: string;
}
/** Where it goes: an entry of the book, or an address that was just looked at. */
export type To = { entry: BookAddress } | { checked: CheckedAddress };

/** How much, where to, and what will happen: three screens, and nothing is sent before the last. */
export default function Withdraw() {
  const assets = useResource("assets", api.assets);
  const book = useResource("book", api.addresses);
  // One request, however often it is sent: a lost answer does not pay twice.
  const [requestId] = useState(() => crypto.randomUUID());
  const [much, setMuch] = useState<HowMuch | null>(null);
  const [to, setTo] = useState<To | null>(null);
  const [step, setStep] = useState<"amount" | "to" | "review">("amount");
  const at = { amount: 1, to: 2, review: 3 }[step];
  const titles = { amount: "How much?", to: "Where to?", review: "What will happen" };
  return (
    <Page title={titles[step]} lead={`Withdraw, step ${at} of 3`}>
      <Ready of={assets}>
        {(all) => (
          <Ready of={book}>
            {({ items }) => {
              if (step === "amount" || !much) {
                return (
                  <AmountStep
                    assets={all}
                    much={much}
                    onNext={(next) => {
                      if (next.asset.network !== much?.asset.network) setTo(null);
                      setMuch(next);
                      setStep("to");
                    }}
                  />
                );
              }
              if (step === "to" || !to) {
                return (
                  <ToStep
                    network={much.asset.network}
                    book={items.filter(({ network }) => network === much.asset.network)}
                    onBack={() => setStep("amount")}
                    onNext={(next) => {
                      setTo(next);
                      setStep("review");
                    }}
                  />
                );
              }
              return (
                <ReviewStep
                  requestId={requestId}
                  much={much}
                  to={to}
                  onBack={() => setStep("to")}
                />
              );
            }}
          </Ready>
        )}
      </Ready>
    </Page>
  );
}
