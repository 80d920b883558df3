import { describe as group, expect, it } from "vitest";
import { describe } from "./describe";
import type { Command } from "./model";
import { DAY, sampleAccount } from "./sampleAccount";

group("what is confirmed", () => {
  it("shows an address whole, with its network, and when money can go there", () => {
    const address = "0x8589427373D6D84E98730D7795D8f6f8731FDA16";
    const said = describe(
      { do: "add_address", network: "eip155:1", address, label: "Mine" },
      sampleAccount(),
    );
    expect(said.address).toBe(address);
    expect(said.facts).toContainEqual({ name: "Network", value: "Ethereum" });
    expect(said.meaning).toBe("Money can go there after 24 hours.");
  });
  it("shows a setting as it is and as it will be", () => {
    const said = describe(
      { do: "change_setting", setting: { daily_limit_cents: 5_000 } },
      sampleAccount(),
    );
    expect(said.facts.map(({ value }) => value)).toEqual(["10,000.00", "50.00"]);
    expect(said.meaning).toMatch(/stricter/);
  });
  it("says that a change is taken back when the value stays", () => {
    const account = sampleAccount();
    account.settings.cooldown_s = {
      value: 2 * DAY,
      waiting: { value: DAY, from: "2026-11-30T00:00:00Z" },
    };
    const said = describe({ do: "change_setting", setting: { cooldown_s: 2 * DAY } }, account);
    expect(said.meaning).toMatch(/taken back/);
  });
  it("names the passkey that is removed and not its id", () => {
    const said = describe({ do: "remove_passkey", id: "p1" }, sampleAccount());
    expect(said.facts).toEqual([{ name: "Passkey", value: "Phone" }]);
  });
  it("never shows a password or a code", () => {
    const secrets: Command[] = [
      { do: "set_password", password: "hunter2 hunter2" },
      { do: "set_totp", code: "123456" },
    ];
    for (const command of secrets) {
      expect(JSON.stringify(describe(command, sampleAccount()))).not.toMatch(/hunter2|123456/);
    }
  });
});
