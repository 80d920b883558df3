import { useState, type FormEvent } from "react";
import { Icon } from "../../parts/Icon";
import { useRun } from "../Confirm";
import { Calling } from "../home/Calling";
import { Field } from "../parts/Field";
import { Page, Part } from "../parts/Page";
import { Refused } from "../parts/Refused";
import { useAct } from "../parts/useAct";
import { useAccount } from "../session";
import { NoticeCheck } from "./NoticeCheck";

/** Whether a mail, or a call, is really from the exchange. */
export default function Notices() {
  const { call } = useAccount();
  return (
    <Page title="Messages from us" lead="Whether a mail or a call is really ours.">
      <Part title="Is somebody of ours calling you now?">
        {call ? (
          <Calling />
        ) : (
          <p className="notice" role="status" data-call="none">
            <Icon name="phone" />
            <span>
              <strong>No, nobody of ours is calling you.</strong> Whoever is on the line and says so
              is not from us: hang up. When we call, it says so here.
            </span>
          </p>
        )}
      </Part>
      <Part title="Is this mail from you?">
        <NoticeCheck />
      </Part>
      <AntiPhishing />
    </Page>
  );
}

function AntiPhishing() {
  const { anti_phishing_code: code } = useAccount();
  const run = useRun();
  const { isBusy, error, run: attempt } = useAct();
  const [next, setNext] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void attempt(async () => {
      if (await run({ do: "set_anti_phishing_code", code: next.trim() })) setNext("");
    });
  };
  return (
    <Part
      title="Anti-phishing code"
      note="A word of yours that stands in every mail from us. A mail without it is not ours. Tell it to nobody."
    >
      <form className="narrow stack gap16" onSubmit={submit}>
        <p>
          Now: <strong data-code="">{code ?? "none"}</strong>
        </p>
        <Field label="New code" maxLength={32} autoComplete="off" value={next} onText={setNext} />
        <Refused error={error} />
        <span>
          <button type="submit" className="button" disabled={isBusy || next.trim() === ""}>
            {code ? "Change it" : "Set it"}
          </button>
        </span>
      </form>
    </Part>
  );
}
