import { memo } from "react";
import { tokens } from "../lib/condition";

/** One line of rule text, coloured. Lines that did not change are not drawn again. */
export const CodeLine = memo(function CodeLine({ text }: { text: string }) {
  return (
    <>
      {tokens(text).map((token, at) => (
        <span key={at} className={`token-${token.kind}`}>
          {token.text}
        </span>
      ))}
      {"\n"}
    </>
  );
});

/** Rule text to read, with line numbers. */
export function CodeText({ text }: { text: string }) {
  return (
    <div className="code" tabIndex={0} role="region" aria-label="Text of the rules">
      <pre className="code-gutter" aria-hidden="true">
        {text
          .split("\n")
          .map((_, at) => at + 1)
          .join("\n")}
      </pre>
      <pre className="code-lines">
        {text.split("\n").map((line, at) => (
          <CodeLine key={at} text={line} />
        ))}
      </pre>
    </div>
  );
}
