import { describe, expect, it } from "vitest";
import { addressGroups, addressParts, network, shortAddress } from "./address";

const KNOWN = "0x8589427373D6D84E98730D7795D8f6f8731FDA16";
const marked = (address: string, known: string) =>
  addressGroups(address, known)
    .flat()
    .filter((mark) => mark.differs)
    .map((mark) => mark.character)
    .join("");

describe("addresses", () => {
  it("show six characters at each end after the prefix", () => {
    expect(shortAddress(KNOWN)).toBe("0x858942…1FDA16");
    expect(shortAddress("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq")).toBe("bc1qar0sr…wf5mdq");
  });
  it("are put together again by their parts", () => {
    const { prefix, head, middle, tail } = addressParts(KNOWN);
    expect(prefix + head + middle + tail).toBe(KNOWN);
  });
  it("are whole where they are short anyway", () => {
    expect(shortAddress("0x12345678")).toBe("0x12345678");
  });
  it("stand in groups of four after the prefix", () => {
    const groups = addressGroups(KNOWN).map((group) =>
      group.map((mark) => mark.character).join(""),
    );
    expect(groups.slice(0, 3)).toEqual(["0x", "8589", "4273"]);
    expect(groups).toHaveLength(11);
  });
  it("mark what a look-alike could not copy", () => {
    const poison = "0x8589420000D6D84E98730D7795D8f6f8731FDA16";
    expect(marked(poison, KNOWN)).toBe("0000");
  });
  it("do not mark the case of hexadecimal letters, but that of others", () => {
    expect(marked(KNOWN.toLowerCase(), KNOWN)).toBe("");
    expect(marked("1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "1boatSLRHtKNngkdXEeobR76b53LETtpyT")).toBe(
      "B",
    );
  });
  it("mark what goes beyond a shorter one", () => {
    expect(marked("0xabcdef12", "0xabcd")).toBe("ef12");
  });
  it("belong to networks that name themselves where unknown", () => {
    expect(network("eip155:1").mark).toBe("ETH");
    expect(network("eip155:424242")).toEqual({ mark: "#424242", name: "EVM chain 424242" });
    expect(network("solana:abc").mark).toBe("SOLA");
  });
});
