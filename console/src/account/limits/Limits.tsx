import { Icon } from "../../parts/Icon";
import { useRun } from "../Confirm";
import type { SettingName } from "../model";
import { Page } from "../parts/Page";
import { Refused } from "../parts/Refused";
import { useAct } from "../parts/useAct";
import { Countdown, Moment } from "../parts/When";
import { href, parseRoute, useHash } from "../route";
import { useAccount } from "../session";
import { changeOf, SETTING_WORDS, valueWords } from "../settings";
import { SETTING_NAMES, SETTINGS } from "../standing";
import { ChangeSetting } from "./ChangeSetting";

/** Stricter at once, looser after a wait. */
export default function Limits() {
  const [part] = parseRoute(useHash()).rest;
  const name = SETTINGS.find((one) => one === part);
  return name ? <ChangeSetting name={name} /> : <SettingList />;
}

function SettingList() {
  return (
    <Page
      title="Limits and locks"
      lead="What makes it stricter is in force at once. What makes it looser waits first, and you can take it back until then."
    >
      <ul className="rows">
        {SETTINGS.map((name) => (
          <SettingLine key={name} name={name} />
        ))}
      </ul>
    </Page>
  );
}

function SettingLine({ name }: { name: SettingName }) {
  const { value, waiting } = useAccount().settings[name];
  return (
    <li data-setting={name}>
      <a className="row-link" href={href("limits", name)}>
        <span className="grow">
          <span className="row-title">{SETTING_NAMES[name]}</span>
          <span className="muted small">{SETTING_WORDS[name].about}</span>
        </span>
        <span className="setting-value">{valueWords(name, value as never)}</span>
        <Icon name="right" size={14} />
      </a>
      {waiting && <Waiting name={name} />}
    </li>
  );
}

/** What is going to loosen a setting, and how it is taken back: by setting what it is now. */
export function Waiting({ name }: { name: SettingName }) {
  const { value, waiting } = useAccount().settings[name];
  const run = useRun();
  const { isBusy, error, run: attempt } = useAct();
  if (!waiting) return null;
  return (
    <div className="notice is-hold" data-waiting={name}>
      <Icon name="clock" />
      <div className="stack grow">
        <span>
          Becomes <strong>{valueWords(name, waiting.value as never)}</strong> in{" "}
          <Countdown until={waiting.from} />, on <Moment time={waiting.from} />.
        </span>
        <Refused error={error} />
        <span>
          <button
            type="button"
            className="button"
            disabled={isBusy}
            onClick={() =>
              void attempt(() => run({ do: "change_setting", setting: changeOf(name, value) }))
            }
          >
            <Icon name="undo" size={12} /> Take it back
          </button>
        </span>
      </div>
    </div>
  );
}
