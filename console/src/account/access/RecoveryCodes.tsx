import { useState, type FormEvent } from "react";
import { copyText } from "../../parts/Copy";
import { Icon } from "../../parts/Icon";
import { useRun } from "../Confirm";
import { Field } from "../parts/Field";
import { backTo, Page } from "../parts/Page";
import { Refused } from "../parts/Refused";
import { useAct } from "../parts/useAct";
import { go } from "../route";
import { useAccount } from "../session";

/** Letters and digits of a code: people leave dashes out and write small letters. */
const plain = (code: string) => code.replaceAll(/[^0-9a-z]/gi, "").toLowerCase();

/** Shown once. Whoever has not kept them is asked for one, and sees it here and not in need. */
export function RecoveryCodes() {
  const { credentials } = useAccount();
  const run = useRun();
  const { isBusy, error, run: attempt } = useAct();
  const [codes, setCodes] = useState<string[] | null>(null);
  const back = backTo("access", "Passkeys and sign-in");
  if (codes) return <Kept codes={codes} />;
  const make = () =>
    attempt(async () => {
      const made = await run({ do: "new_recovery_codes" });
      if (made?.secret?.kind === "recovery_codes") setCodes(made.secret.codes);
    });
  const left = credentials.recovery_codes_left;
  return (
    <Page
      title="Recovery codes"
      lead="For the day when every device is gone: one of them, together with your mailbox, begins a recovery. Nothing else can be done with them."
      back={back}
    >
      <p>
        {left === 0
          ? "You have none."
          : `You have ${left} that were not used. New ones replace them.`}
      </p>
      <Refused error={error} />
      <div className="acts is-left">
        <button
          type="button"
          className="button primary large"
          disabled={isBusy}
          onClick={() => void make()}
        >
          {isBusy ? "Waiting…" : "Make new codes"}
        </button>
      </div>
    </Page>
  );
}

function Kept({ codes }: { codes: string[] }) {
  // Which one is asked for: not the first, which is the easiest to keep.
  const [asked] = useState(
    () => 1 + ((crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) % (codes.length - 1)),
  );
  const [text, setText] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (plain(text) === plain(codes[asked] ?? "")) go("access");
    else setFault(`This is not code ${asked + 1}. Look at what you kept.`);
  };
  return (
    <Page
      title="Keep these codes now"
      lead="They are shown this once. Print them, or keep them where your password manager does; not in your mailbox."
      back={null}
    >
      <ol className="codes" aria-label="Recovery codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <div className="acts is-left no-print">
        <button type="button" className="button" onClick={() => window.print()}>
          Print
        </button>
        <button
          type="button"
          className="button"
          onClick={() => void copyText(codes.join("\n"), "Recovery codes")}
        >
          <Icon name="copy" size={12} /> Copy
        </button>
      </div>
      <form className="narrow stack gap16 no-print" onSubmit={submit}>
        <Field
          label={`Type code ${asked + 1} from what you kept`}
          autoComplete="off"
          className="mono"
          fault={fault}
          value={text}
          onText={(next) => {
            setText(next);
            setFault(null);
          }}
        />
        <span>
          <button type="submit" className="button primary large" disabled={text.trim() === ""}>
            I have kept them
          </button>
        </span>
      </form>
    </Page>
  );
}
