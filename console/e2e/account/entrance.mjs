// How customers of the stand-in server come in: sign-up by a link, passkeys, passwords with a second factor
// and with work where somebody guesses, and recovery.
import { createHash, randomBytes } from "node:crypto";
import { at, newCustomer, tell } from "./customer.mjs";
import { Refused } from "./passkeys.mjs";
import { totp } from "./totp.mjs";

const WORK_BITS = 21;
/** Wrong passwords after which work is wanted, and after which nothing is taken for a while. */
const WORK_AFTER = 3;
const WAIT_AFTER = 8;
const SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

export function entrance({ party, customers, mails, origin }) {
  const sessions = new Map();
  const links = new Map();
  const pendings = new Map();
  const wrongs = new Map();
  const works = new Set();
  const add = (customer) => customers.set(customer.email, customer);

  function checkFactors(customer, wanted, given) {
    const isHeld = {
      password: () => given.password === customer.password,
      totp: () => given.totp === totp(SEED),
      mailbox: () => mails.mayTake(customer.email, given.mail_code),
    };
    for (const factor of wanted) if (!isHeld[factor]()) throw new Refused("auth.code");
  }

  function begin(customer, response) {
    const id = randomBytes(24).toString("base64url");
    const now = at(Date.now());
    const line = {
      id: randomBytes(9).toString("base64url"),
      device: "Chromium on Linux",
      ip: "127.0.0.1",
      place: null,
    };
    customer.sessions.unshift({ ...line, created_at: now, last_seen_at: now, is_current: true });
    if (!customer.devices.some((one) => one.name === "Chromium on Linux")) {
      customer.devices.unshift({
        id: line.id,
        name: "Chromium on Linux",
        first_seen_at: now,
        last_seen_at: now,
        last_ip: "127.0.0.1",
        is_current: true,
      });
    }
    const session = { customer, csrf: randomBytes(12).toString("hex"), line };
    sessions.set(id, session);
    response.setHeader("set-cookie", `customer=${id}; Path=/; HttpOnly; SameSite=Strict`);
    return sessionView(session);
  }
  const sessionView = ({ customer, csrf }) => ({
    customer: { id: customer.id, name: customer.name, email: customer.email },
    csrf_token: csrf,
    expires_at: at(Date.now() + 43_200_000),
    is_demo: true,
  });

  function signIn(body, response) {
    if (body.kind === "passkey") {
      const all = [...customers.values()];
      const passkey = party.finishUse(
        body.ceremony,
        body.response,
        all.flatMap(({ passkeys }) => passkeys),
      );
      passkey.last_used_at = at(Date.now());
      return [
        201,
        begin(
          all.find(({ passkeys }) => passkeys.includes(passkey)),
          response,
        ),
      ];
    }
    if (body.kind === "second") {
      const pending = pendings.get(body.pending);
      const { customer } = pending ?? {};
      const isHeld =
        customer &&
        (customer.totp ? body.code === totp(SEED) : mails.mayTake(customer.email, body.code));
      if (!isHeld) throw new Refused("auth.code");
      pendings.delete(body.pending);
      return [201, begin(customer, response)];
    }
    const wrong = wrongs.get(body.email) ?? 0;
    if (wrong >= WAIT_AFTER) throw new Refused("auth.throttled", 429, { retry_after_s: 30 });
    if (wrong >= WORK_AFTER) {
      const { challenge, answer } = body.work ?? {};
      const digest = createHash("sha256").update(`${challenge}.${answer}`).digest();
      const isDone = works.delete(challenge) && digest.readUInt32BE(0) >>> (32 - WORK_BITS) === 0;
      if (!isDone) {
        const next = randomBytes(16).toString("base64url");
        works.add(next);
        throw new Refused("auth.work", 429, { work: { challenge: next, bits: WORK_BITS } });
      }
    }
    const customer = customers.get(body.email);
    if (!customer || customer.password === null || customer.password !== body.password) {
      wrongs.set(body.email, wrong + 1);
      throw new Refused("auth.wrong");
    }
    wrongs.delete(body.email);
    const pending = randomBytes(12).toString("base64url");
    pendings.set(pending, { customer });
    if (!customer.totp) mails.mail(customer, "sign-in");
    return [202, { pending, wants: customer.totp ? "totp" : "mail_code" }];
  }

  function enrol(body, response) {
    const email = links.get(body.token);
    if (!email) throw new Refused("auth.link", 401);
    const { method, name } = body;
    const customer = newCustomer({ email, name });
    if (method.kind === "password") {
      if (method.password.length < 15)
        throw new Refused("auth.password", 422, { field: "password" });
      customer.password = method.password;
    } else {
      const made = party.finishMake(method.ceremony, method.response);
      customer.passkeys.push({
        ...made,
        name: method.passkey_name,
        created_at: at(Date.now()),
        last_used_at: null,
      });
    }
    links.delete(body.token);
    add(customer);
    return [201, begin(customer, response)];
  }

  function recover(path, body) {
    const customer = customers.get(body.email);
    if (path === "/v1/my/recovery/mail") {
      if (customer) mails.mail(customer, "recovery");
      return [202, {}];
    }
    if (!customer || !mails.mayTake(customer.email, body.mail_code))
      throw new Refused("account.recovery.evidence", 403);
    if (path === "/v1/my/recovery") {
      if (!customer.codes.includes(body.recovery_code))
        throw new Refused("account.recovery.evidence", 403);
      customer.codes = customer.codes.filter((one) => one !== body.recovery_code);
      const ripe_at = at(Date.now() + 72 * 3_600_000);
      customer.recovery = { ripe_at, evidence: ["a recovery code", "the mailbox"] };
      tell(customer, "account.recovery", "A recovery was begun.", "a link");
      return [202, { ripe_at }];
    }
    if (!customer.recovery) throw new Refused("account.recovery.none", 409);
    if (Date.parse(customer.recovery.ripe_at) > Date.now())
      throw new Refused("account.recovery.unripe", 409);
    if (path === "/v1/my/recovery/finish/begin") {
      // The code is needed once more, with the passkey.
      mails.keep(customer, body.mail_code);
      return [200, party.beginMake(customer)];
    }
    const made = party.finishMake(body.ceremony, body.response);
    const name = body.passkey_name;
    const created_at = at(Date.now());
    customer.passkeys = [{ ...made, name, created_at, last_used_at: null }];
    customer.recovery = null;
    return [200, {}];
  }

  function open(method, path, body, response) {
    switch (`${method} ${path}`) {
      case "POST /v1/my/sign-up": {
        const token = randomBytes(18).toString("base64url");
        links.set(token, body.email);
        mails.post(body.email, "Open your account", `${origin}/account/#/enrol?token=${token}`);
        return [202, {}];
      }
      case "POST /v1/my/enrol/begin":
        if (!links.has(body.token)) throw new Refused("auth.link", 401);
        return [
          200,
          party.beginMake({
            id: randomBytes(9).toString("hex"),
            email: links.get(body.token),
            name: body.name,
          }),
        ];
      case "POST /v1/my/enrol":
        return enrol(body, response);
      case "POST /v1/my/sign-in/begin":
        return [200, party.beginUse()];
      case "POST /v1/my/session":
        return signIn(body, response);
      case "POST /v1/my/recovery/mail":
      case "POST /v1/my/recovery":
      case "POST /v1/my/recovery/finish/begin":
      case "POST /v1/my/recovery/finish":
        return recover(path, body);
      case "POST /v1/notices/check": {
        const isOurs = /-- ringfence notice [0-9a-f]{8} --/.test(body.text);
        if (!isOurs)
          return [200, { verdict: "not_ours", sentence: "It carries no signature of ours." }];
        return [
          200,
          {
            verdict: "ours",
            notice: { kind: "account.opened", at: at(Date.now() - 86_400_000) },
            sentence: "Its signature is ours and fits its text.",
          },
        ];
      }
    }
    return null;
  }

  return { sessions, sessionView, checkFactors, open };
}
