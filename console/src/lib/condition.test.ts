import { describe, expect, it } from "vitest";
import { tokens } from "./condition";

describe("the pieces of rule text", () => {
  it("are the text again when put together", () => {
    const text = `# comment\n[[rule]]\nwhen = '''"scam" in from.listed && from.hour.in >= 10 && !to.new'''\n`;
    expect(
      tokens(text)
        .map((token) => token.text)
        .join(""),
    ).toBe(text);
  });
  it("know words, numbers and texts", () => {
    const kinds = tokens(`"scam" in from.listed && x >= 0.25`).flatMap((token) =>
      token.kind === "plain" ? [] : [`${token.kind} ${token.text}`],
    );
    expect(kinds).toEqual(['text "scam"', "word in", "word &&", "number 0.25"]);
  });
});
