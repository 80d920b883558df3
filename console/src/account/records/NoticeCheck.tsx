import { useState, type FormEvent } from "react";
import { Icon, type IconName } from "../../parts/Icon";
import { api } from "../api";
import type { Noticed } from "../model";
import { Refused } from "../parts/Refused";
import { useAct } from "../parts/useAct";
import { Moment } from "../parts/When";

const TITLES: Record<Noticed["verdict"], string> = {
  ours: "We wrote this",
  damaged: "It claims to be from us, and was changed or cut",
  not_ours: "We did not write this",
};
const ICONS: Record<Noticed["verdict"], IconName> = {
  ours: "check",
  damaged: "warning",
  not_ours: "deny",
};
const NEXT: Record<Noticed["verdict"], string> = {
  ours: "Its text is as we sent it. Sign in by typing our address yourself, not by a link, if in doubt.",
  damaged:
    "Paste the whole mail, from its first line to its last. If it stays so, act on nothing in it.",
  not_ours: "Open no link of it, call no number of it, and tell nobody a code. Then delete it.",
};

/** "Is this from you?": the answer comes from the signature that stands in each of our mails. */
export function NoticeCheck() {
  const [text, setText] = useState("");
  const [noticed, setNoticed] = useState<Noticed | null>(null);
  const { isBusy, error, run } = useAct();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => setNoticed(await api.checkNotice(text)));
  };
  return (
    <form className="stack gap16" onSubmit={submit}>
      <label className="label">
        Paste the whole message
        <textarea
          className="area"
          rows={7}
          spellCheck={false}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setNoticed(null);
          }}
        />
      </label>
      <Refused error={error} />
      {noticed && (
        <div
          className={`noticed is-${noticed.verdict}`}
          role="status"
          data-noticed={noticed.verdict}
        >
          <Icon name={ICONS[noticed.verdict]} size={24} />
          <div className="stack gap4">
            <strong>{TITLES[noticed.verdict]}</strong>
            <span>
              {noticed.sentence}
              {noticed.notice && (
                <>
                  {" "}
                  Sent <Moment time={noticed.notice.at} />.
                </>
              )}
            </span>
            <span className="muted">{NEXT[noticed.verdict]}</span>
          </div>
        </div>
      )}
      <span>
        <button
          type="submit"
          className="button primary large"
          disabled={isBusy || text.trim() === ""}
        >
          {isBusy ? "Looking…" : "Is this from you?"}
        </button>
      </span>
    </form>
  );
}
