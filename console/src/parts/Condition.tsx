import { tokens } from "../lib/condition";

/** A rule's condition with its words set apart. */
export function Condition({ text }: { text: string }) {
  return (
    <code className="condition">
      {tokens(text).map((token, at) =>
        token.kind === "plain" ? (
          token.text
        ) : (
          <span key={at} className={`token-${token.kind}`}>
            {token.text}
          </span>
        ),
      )}
    </code>
  );
}
