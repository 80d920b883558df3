import { describe, expect, it } from "vitest";
import { actionHref, href, PAGES, parseRoute } from "./route";

describe("routes", () => {
  it("lead back to where they were made", () => {
    for (const page of PAGES) expect(parseRoute(href(page)).page).toBe(page);
    expect(parseRoute(href("withdrawals", "a/b ?"))).toMatchObject({
      page: "withdrawals",
      rest: ["a/b ?"],
    });
  });
  it("keep a link's token apart from the page", () => {
    const { page, query } = parseRoute("#/enrol?token=a-b_c");
    expect([page, query.get("token")]).toEqual(["enrol", "a-b_c"]);
  });
  it("begin at the overview", () => {
    for (const hash of ["", "#", "#/"]) expect(parseRoute(hash).page).toBe("home");
  });
  it("take nothing for a page that is none", () => {
    for (const hash of ["#/nowhere", "#/%zz", "#/withdrawals/%zz"]) {
      expect(parseRoute(hash).page, hash).toBe("unknown");
    }
  });
  it("lead from a part of the score to its page, and nowhere for one that is not known", () => {
    expect(actionHref("passkeys")).toBe("#/access");
    expect(actionHref("recovery_codes")).toBe("#/access/codes");
    expect(actionHref("something")).toBeNull();
    expect(actionHref(null)).toBeNull();
  });
});
