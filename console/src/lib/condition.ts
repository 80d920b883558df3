/** Splits rule text into coloured pieces. Only looks: the server's compiler is what decides. */

export interface Token {
  kind: "plain" | "comment" | "text" | "number" | "word" | "table";
  text: string;
}

const PATTERN =
  /(?<comment>#[^\n]*)|(?<text>'''[\s\S]*?'''|"""[\s\S]*?"""|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')|(?<table>^\[\[?[^\]\n]*\]\]?)|(?<number>\b\d+(?:\.\d+)?\b)|(?<word>\b(?:in|has|duration|true|false)\b|&&|\|\||!(?!=))/gm;

export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  for (const match of text.matchAll(PATTERN)) {
    if (match.index > at) found.push({ kind: "plain", text: text.slice(at, match.index) });
    const kind = Object.entries(match.groups ?? {}).find(([, value]) => value !== undefined)?.[0];
    found.push({ kind: kind as Token["kind"], text: match[0] });
    at = match.index + match[0].length;
  }
  if (at < text.length) found.push({ kind: "plain", text: text.slice(at) });
  return found;
}
