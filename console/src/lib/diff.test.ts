import { describe, expect, it } from "vitest";
import { diffLines, excerpt } from "./diff";

const show = (before: string, after: string) =>
  diffLines(before, after).map(
    (line) => ({ same: " ", added: "+", removed: "-" })[line.kind] + line.text,
  );

describe("the difference of two texts", () => {
  it("names removed and added lines", () => {
    expect(show("a\nb\nc", "a\nx\nc\nd")).toEqual([" a", "-b", "+x", " c", "+d"]);
  });
  it("is empty for equal texts, and whole for others", () => {
    expect(show("a\nb", "a\nb")).toEqual([" a", " b"]);
    expect(show("a", "b")).toEqual(["-a", "+b"]);
  });
  it("gives both texts back", () => {
    const before = "1\n2\n3\n4\n5\n6\n7";
    const after = "1\n3\n4\nx\n6\n7\n8";
    const lines = diffLines(before, after);
    const side = (kind: string) =>
      lines.flatMap((line) => (line.kind === kind ? [] : [line.text])).join("\n");
    expect(side("added")).toBe(before);
    expect(side("removed")).toBe(after);
  });
  it("is shown with a few lines around", () => {
    const before = Array.from({ length: 50 }, (_, at) => `line ${at}`).join("\n");
    const shown = excerpt(diffLines(before, before.replace("line 25", "changed")), 2);
    expect(shown).toHaveLength(6);
    expect(shown[0]?.text).toBe("line 23");
  });
});
