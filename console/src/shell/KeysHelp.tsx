import { useState } from "react";
import { Dialog } from "../parts/Dialog";
import { boundKeys } from "./keys";

const SHOWN: Record<string, string> = { "mod+k": "Ctrl K", Escape: "Esc", Space: "Space" };

/** The keys that work on the page behind this dialog. */
export function KeysHelp({ onClose }: { onClose: () => void }) {
  const [bindings] = useState(boundKeys);
  const groups = [...new Set(bindings.map((binding) => binding.group))].reverse();
  return (
    <Dialog title="Keys" onClose={onClose} className="is-wide">
      <div className="keys">
        {groups.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <ul>
              {bindings
                .filter((binding) => binding.group === group)
                .map((binding) => (
                  <li key={binding.keys}>
                    <span>{binding.label}</span>
                    <span className="row gap4">
                      {(SHOWN[binding.keys] ?? binding.keys).split(" ").map((key, at) => (
                        <kbd key={at}>{key}</kbd>
                      ))}
                    </span>
                  </li>
                ))}
            </ul>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
