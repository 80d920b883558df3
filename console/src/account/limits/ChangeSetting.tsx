import { useState, type FormEvent } from "react";
import { useRun } from "../Confirm";
import type { Account, SettingName } from "../model";
import { centsText, centsWritten } from "../money";
import { Choices, Field } from "../parts/Field";
import { backTo, Page } from "../parts/Page";
import { Refused } from "../parts/Refused";
import { useAct } from "../parts/useAct";
import { go } from "../route";
import { useAccount } from "../session";
import {
  changeOf,
  effectOf,
  effectWords,
  isStricter,
  SETTING_WORDS,
  valueWords,
} from "../settings";
import { SETTING_NAMES } from "../standing";
import { Waiting } from "./Limits";

const HOUR = 3_600;
const DAY = 24 * HOUR;
const SPANS: Partial<Record<SettingName, readonly number[]>> = {
  cooldown_s: [DAY, 2 * DAY, 3 * DAY, 7 * DAY],
  delay_s: [0, HOUR, 6 * HOUR, DAY, 2 * DAY],
  lock_s: [0, DAY, 3 * DAY, 7 * DAY, 14 * DAY, 30 * DAY],
};

/** Spans that may be chosen, with the one that is. */
function spansOf(account: Account, name: SettingName): number[] {
  const { cooldown_min_s, lock_min_s, lock_max_s } = account.waits;
  const isPossible = (span: number) => {
    if (name === "cooldown_s") return span >= cooldown_min_s;
    if (name === "lock_s") return span === 0 || (span >= lock_min_s && span <= lock_max_s);
    return true;
  };
  const value = account.settings[name].value as number;
  const spans = new Set([...(SPANS[name] ?? []).filter(isPossible), value]);
  if (name === "cooldown_s") spans.add(cooldown_min_s);
  return [...spans].toSorted((one, other) => one - other);
}

/** One setting: its values, and what the chosen one means before it is sent. */
export function ChangeSetting({ name }: { name: SettingName }) {
  const account = useAccount();
  const run = useRun();
  const { isBusy, error, run: attempt } = useAct();
  const now = account.settings[name].value;
  const [wanted, setWanted] = useState<boolean | number | null>(null);
  const effect = wanted === null ? null : effectOf(account, name, wanted);
  const isPossible = effect !== null && effect.kind !== "same" && effect.kind !== "locked";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (wanted === null || !isPossible) return;
    void attempt(async () => {
      if (await run({ do: "change_setting", setting: changeOf(name, wanted) })) go("limits");
    });
  };
  return (
    <Page
      title={SETTING_NAMES[name]}
      lead={`${SETTING_WORDS[name].about} ${SETTING_WORDS[name].stricter}`}
      back={backTo("limits", "Limits and locks")}
    >
      <Waiting name={name} />
      <form className="narrow stack gap16" onSubmit={submit}>
        <p>
          Now: <strong>{valueWords(name, now as never)}</strong>
        </p>
        <Values name={name} account={account} wanted={wanted ?? now} onWant={setWanted} />
        {effect && effect.kind !== "same" && (
          <p
            className={`notice${effect.kind === "now" ? "" : " is-hold"}`}
            role="status"
            data-effect={effect.kind}
          >
            <span>{effectWords(effect)}</span>
          </p>
        )}
        <Refused error={error} />
        <span>
          <button
            type="submit"
            className={`button large${effect?.kind === "now" ? " primary" : ""}`}
            disabled={isBusy || !isPossible}
          >
            {isBusy
              ? "Waiting…"
              : effect?.kind === "later"
                ? "Loosen it after the wait"
                : "Make it stricter"}
          </button>
        </span>
      </form>
    </Page>
  );
}

interface ValuesProps {
  name: SettingName;
  account: Account;
  wanted: boolean | number;
  onWant: (value: boolean | number | null) => void;
}

function Values({ name, account, wanted, onWant }: ValuesProps) {
  const now = account.settings[name].value;
  if (typeof now === "number" && name === "daily_limit_cents") {
    return <LimitField now={now} onWant={onWant} />;
  }
  const values = typeof now === "boolean" ? [true, false] : spansOf(account, name);
  const note = (value: boolean | number) =>
    value === now ? "now" : isStricter(name, value, now) ? "stricter" : "looser";
  return (
    <Choices
      legend="Choose"
      name={name}
      options={values.map((value) => ({
        id: String(value),
        text: valueWords(name, value as never),
        note: note(value),
      }))}
      chosen={String(wanted)}
      onChoose={(id) => onWant(typeof now === "boolean" ? id === "true" : Number(id))}
    />
  );
}

function LimitField({ now, onWant }: { now: number; onWant: (value: number | null) => void }) {
  const [text, setText] = useState("");
  const written = text.trim() === "" ? null : centsWritten(text);
  const fault = written && "fault" in written ? written.fault : null;
  return (
    <Field
      label="At most, within 24 hours"
      inputMode="decimal"
      placeholder={centsText(now).replaceAll(",", "")}
      fault={fault}
      value={text}
      onText={(next) => {
        setText(next);
        const read = centsWritten(next);
        onWant("units" in read ? Number(read.units) : null);
      }}
    />
  );
}
