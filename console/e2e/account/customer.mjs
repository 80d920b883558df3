// A customer of the stand-in server: what the contract calls an account, and what each command does.
import { randomBytes } from "node:crypto";
import { Refused } from "./passkeys.mjs";

const HOUR = 3_600;
const DAY = 24 * HOUR;
const LOOSEN = {
  book_only: 2 * DAY,
  cooldown_s: 2 * DAY,
  daily_limit_cents: DAY,
  delay_s: 2 * DAY,
  lock_s: DAY,
};
export const at = (ms) => new Date(ms).toISOString();
const later = (seconds) => at(Date.now() + seconds * 1000);
const id = () => randomBytes(9).toString("base64url");

export const NETWORKS = [
  { id: "eip155:1", name: "Ethereum", symbol: "ETH" },
  { id: "bip122:000000000019d6689c085ae165831e93", name: "Bitcoin", symbol: "BTC" },
  { id: "tron:0x2b6653dc", name: "Tron", symbol: "TRX" },
];
const networkName = (wanted) => NETWORKS.find((one) => one.id === wanted)?.name ?? wanted;
export const BOOKED = "0x8589427373D6D84E98730D7795D8f6f8731FDA16";
export const LOOK_ALIKE = "0x8589427373a9C61f0b2e7d54Cf31b86f731FDA16";
export const SANCTIONED = "0x1da5821544e25c636c1417ba96ade4cf6d2f9b5a";

export function newCustomer({ email, name, password = null }) {
  const setting = (value) => ({ value, waiting: null });
  const past = (hours) => at(Date.now() - hours * HOUR * 1000);
  const customer = {
    id: id(),
    name,
    email,
    password,
    totp: null,
    codes: [],
    passkeys: [],
    phone: "+44 •••• ••21 07",
    anti_phishing_code: null,
    is_frozen: false,
    call: null,
    holds: [],
    recovery: null,
    settings: {
      book_only: setting(false),
      cooldown_s: setting(DAY),
      daily_limit_cents: setting(1_000_000),
      delay_s: setting(0),
      lock_s: setting(0),
    },
    book: [
      {
        network: NETWORKS[0].id,
        network_name: NETWORKS[0].name,
        address: BOOKED,
        label: "My hardware wallet",
        added_at: past(900),
        usable_from: past(876),
        is_usable: true,
      },
    ],
    sessions: [
      {
        id: id(),
        device: "Firefox on Android",
        ip: "203.0.113.7",
        place: "Leeds, United Kingdom",
        created_at: past(70),
        last_seen_at: past(5),
        is_current: false,
      },
    ],
    devices: [
      {
        id: id(),
        name: "Firefox on Android",
        first_seen_at: past(2_000),
        last_seen_at: past(5),
        last_ip: "203.0.113.7",
        is_current: false,
      },
    ],
    keys: [],
    events: [],
    withdrawals: [],
  };
  tell(customer, "account.opened", "The account was opened.", "you");
  return customer;
}

export function tell(customer, kind, sentence, by = "you") {
  const seq = customer.events.length + 1;
  customer.events.unshift({
    ...{ seq, at: at(Date.now()), kind, sentence, by },
    device: by === "you" ? "Chromium on Linux" : null,
    ip: by === "you" ? "127.0.0.1" : null,
    journal_index: 4_000 + seq,
  });
}

export function confirmWith(customer) {
  if (customer.passkeys.length > 0) return ["passkey"];
  if (customer.totp) return customer.password ? ["password", "totp"] : ["totp", "mailbox"];
  return ["password", "mailbox"];
}

function hold(customer, cause, hours, sentence) {
  customer.holds = customer.holds.filter((one) => one.cause !== cause);
  customer.holds.push({ cause, until: later(hours * HOUR), sentence });
}
const changed = (customer, what) =>
  hold(customer, "credential", 24, `Money waits because ${what} was changed.`);

function score(customer) {
  const part = (code, of, isThere, there, missing, action) => ({
    ...{ code, of, points: isThere ? of : 0, sentence: isThere ? there : missing, action },
  });
  const { passkeys, codes, settings } = customer;
  const parts = [
    part(
      "passkey",
      4,
      passkeys.length > 0,
      "There is a passkey.",
      "There is no passkey: what you type can be copied.",
      "passkeys",
    ),
    part(
      "second_passkey",
      2,
      passkeys.length > 1,
      "There is a second passkey.",
      "There is one way in only: a lost device locks you out.",
      "passkeys",
    ),
    part(
      "recovery_codes",
      2,
      codes.length > 0,
      "There are recovery codes.",
      "There are no recovery codes.",
      "recovery_codes",
    ),
    part(
      "book_only",
      2,
      settings.book_only.value,
      "Money goes to your book only.",
      "Money may go to any address, after a wait.",
      "limits",
    ),
    part(
      "lock",
      1,
      settings.lock_s.value > 0,
      "Your settings are locked.",
      "Your settings are not locked.",
      "limits",
    ),
    part(
      "anti_phishing",
      1,
      customer.anti_phishing_code !== null,
      "Mails from us carry your code.",
      "Mails from us carry no code of yours.",
      "anti_phishing",
    ),
  ];
  return { points: parts.reduce((sum, { points }) => sum + points, 0), of: 12, parts };
}

export function view(customer) {
  const { id, name, email, phone, anti_phishing_code, is_frozen, call, recovery, settings } =
    customer;
  customer.holds = customer.holds.filter(({ until }) => Date.parse(until) > Date.now());
  return {
    ...{ id, name, email, phone, anti_phishing_code, is_frozen, call, recovery, settings },
    holds: customer.holds,
    waits: { cooldown_min_s: DAY, lock_min_s: DAY, lock_max_s: 30 * DAY, loosen_s: LOOSEN },
    credentials: {
      has_password: customer.password !== null,
      has_totp: customer.totp !== null,
      recovery_codes_left: customer.codes.length,
      passkeys: customer.passkeys.map(({ id, name, created_at, last_used_at }) => ({
        ...{ id, name, created_at, last_used_at, is_synced: false, is_duress: false },
      })),
    },
    confirm_with: confirmWith(customer),
    score: score(customer),
  };
}

export function checkAddress(customer, network, address) {
  const isEvm = network.startsWith("eip155:");
  if (isEvm ? !/^0x[0-9a-fA-F]{40}$/.test(address) : address.length < 26) {
    throw new Refused("address.invalid", 422, {
      field: "address",
      detail: `This is no address of ${networkName(network)}: look at its length and its first characters.`,
    });
  }
  const same = (one, other) => one.toLowerCase() === other.toLowerCase();
  const ends = (text) => (text.slice(0, 6) + text.slice(-4)).toLowerCase();
  const looks = customer.book.find(
    (one) => !same(one.address, address) && ends(one.address) === ends(address),
  );
  const isListed = same(address, SANCTIONED);
  return {
    ...{ network, network_name: networkName(network), address },
    is_known: customer.book.some((one) => one.network === network && same(one.address, address)),
    looks_like: looks ? { address: looks.address, label: looks.label } : null,
    screening: isListed
      ? {
          level: "deny",
          sentence: "This address stands on a sanctions list. Money cannot go there.",
        }
      : { level: "allow", sentence: null },
    not_checked: ["Who holds the keys of this address", "What happens to the money afterwards"],
  };
}

const isStricter = (name, wanted, than) =>
  name === "daily_limit_cents" ? wanted < than : Number(wanted) > Number(than);

function changeSetting(customer, change) {
  const [name, value] = Object.entries(change)[0] ?? [];
  const setting = customer.settings[name];
  if (!setting || (name === "cooldown_s" && value < DAY))
    throw new Refused("account.setting.value", 422);
  if (value === setting.value) {
    setting.waiting = null;
    return "It stays as it is";
  }
  if (isStricter(name, value, setting.value)) {
    Object.assign(setting, { value, waiting: null });
    return "It is in force now";
  }
  if (customer.settings.lock_s.value > 0 && name !== "lock_s")
    throw new Refused("account.locked", 403);
  setting.waiting = {
    value,
    from: later(Math.max(LOOSEN[name], name === "lock_s" ? setting.value : 0)),
  };
  return "It will be in force after the wait";
}

/** What is done without more confirmation: it makes the account stricter, or changes nothing yet. */
export function isFree(customer, command) {
  if (command.do.startsWith("begin_")) return true;
  if (["freeze", "stop_recovery", "end_session", "end_other_sessions"].includes(command.do))
    return true;
  if (["forget_device", "remove_address", "remove_key", "rename_passkey"].includes(command.do))
    return true;
  if (command.do !== "change_setting") return false;
  const [name, value] = Object.entries(command.setting)[0] ?? [];
  const now = customer.settings[name]?.value;
  return value === now || isStricter(name, value, now);
}

/** Does a command that is confirmed. Gives the words, and a secret where one is made. */
export function act(customer, command, party) {
  const isLast = () => customer.passkeys.length === 1 && customer.password === null;
  if (customer.is_frozen && !["unfreeze", "freeze", "end_session"].includes(command.do)) {
    throw new Refused("account.frozen", 403);
  }
  const done = (sentence, secret) => {
    tell(customer, `account.${command.do}`, `${sentence}.`);
    return { done: sentence, ...(secret && { secret }) };
  };
  switch (command.do) {
    case "freeze":
      customer.is_frozen = true;
      return done("Your account is frozen");
    case "unfreeze":
      customer.is_frozen = false;
      hold(customer, "unfreeze", 24, "Money waits because a freeze was ended.");
      return done("The freeze has ended");
    case "stop_recovery":
      customer.recovery = null;
      return done("The recovery is stopped");
    case "begin_passkey": {
      const begun = party.beginMake(customer, customer.passkeys);
      return { done: "", secret: { kind: "passkey", ...begun } };
    }
    case "add_passkey": {
      const made = party.finishMake(command.ceremony, command.response);
      const created_at = at(Date.now());
      customer.passkeys.push({ ...made, name: command.name, created_at, last_used_at: null });
      changed(customer, "a passkey");
      return done(`The passkey “${command.name}” is added`);
    }
    case "rename_passkey": {
      const passkey = customer.passkeys.find((one) => one.id === command.id);
      if (!passkey) throw new Refused("conflict", 409);
      passkey.name = command.name;
      return done("The passkey is renamed");
    }
    case "remove_passkey":
      if (isLast()) throw new Refused("account.credential.last", 409);
      customer.passkeys = customer.passkeys.filter((one) => one.id !== command.id);
      changed(customer, "a passkey");
      return done("The passkey is removed");
    case "set_password":
      if (command.password.length < 15) {
        throw new Refused("auth.password", 422, { field: "password" });
      }
      customer.password = command.password;
      changed(customer, "the password");
      return done("The password is set");
    case "begin_totp": {
      const seed_text = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
      const label = encodeURIComponent(customer.email);
      const uri = `otpauth://totp/Ringfence:${label}?secret=${seed_text}&issuer=Ringfence`;
      return { done: "", secret: { kind: "totp", uri, seed_text } };
    }
    case "set_totp":
      if (!/^\d{6}$/.test(command.code)) throw new Refused("auth.code");
      customer.totp = "set";
      changed(customer, "the app for codes");
      return done("The app is in use");
    case "remove_totp":
      customer.totp = null;
      changed(customer, "the app for codes");
      return done("The app is removed");
    case "new_recovery_codes": {
      const code = () => randomBytes(10).toString("hex").slice(0, 16).match(/.{4}/g).join("-");
      customer.codes = Array.from({ length: 8 }, code);
      changed(customer, "the set of recovery codes");
      return done("New recovery codes are made", { kind: "recovery_codes", codes: customer.codes });
    }
    case "change_email":
      customer.email = command.email;
      hold(customer, "contact", 72, "Money waits because your e-mail was changed.");
      return done("The e-mail is changed");
    case "set_anti_phishing_code":
      customer.anti_phishing_code = command.code;
      return done("The code is set");
    case "add_address": {
      const { network, address, label } = command;
      const usable_from = later(customer.settings.cooldown_s.value);
      const entry = { network, network_name: networkName(network), address, label };
      customer.book.push({ ...entry, added_at: at(Date.now()), usable_from, is_usable: false });
      return done(`“${label}” is added`);
    }
    case "remove_address":
      customer.book = customer.book.filter((one) => one.address !== command.address);
      return done("The address is removed");
    case "change_setting":
      return done(changeSetting(customer, command.setting));
    case "end_session":
      customer.sessions = customer.sessions.filter((one) => one.id !== command.id);
      return done("The session is ended");
    case "end_other_sessions":
      customer.sessions = customer.sessions.filter((one) => one.is_current);
      return done("All other sessions are ended");
    case "forget_device":
      customer.devices = customer.devices.filter((one) => one.id !== command.id);
      return done("The device is forgotten");
    case "add_key": {
      const { name, public_key, scopes, ips } = command;
      const bytes = Buffer.from(public_key, "base64");
      if (bytes.length !== 32) {
        throw new Refused("key.public", 422, {
          field: "public_key",
          detail: "An Ed25519 key has 32 bytes.",
        });
      }
      const used = { created_at: at(Date.now()), last_used_at: null, is_revoked: false };
      const withdraw_until = scopes.includes("withdraw") ? later(90 * DAY) : null;
      customer.keys.push({ id: id(), name, public_key, scopes, ips, ...used, withdraw_until });
      changed(customer, "an API key");
      return done(`The key “${name}” is added`);
    }
    case "remove_key":
      for (const key of customer.keys) if (key.id === command.id) key.is_revoked = true;
      return done("The key is removed");
    default:
      throw new Refused("request.body", 422, { detail: "There is no such command." });
  }
}
