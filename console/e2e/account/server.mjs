// A stand-in for the server: the contract of the customers' API in memory, and the built pages with the
// server's own content security policy. For tests and for looking at pages; nothing of it is built into them.
import { createHash, randomBytes, randomInt } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import {
  act,
  at,
  checkAddress,
  confirmWith,
  isFree,
  NETWORKS,
  newCustomer,
  tell,
  view,
} from "./customer.mjs";
import { Refused, relyingParty } from "./passkeys.mjs";
import { staff } from "./staff.mjs";
import { totp } from "./totp.mjs";
import { ASSETS, withdrawals } from "./withdrawals.mjs";

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'";
const KINDS = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".json": "application/json",
};
const WORK_BITS = 21;
/** Wrong passwords after which work is wanted, and after which nothing is taken for a while. */
const WORK_AFTER = 3;
const WAIT_AFTER = 8;
const SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

export async function standIn({ dist, mailFolder, port = 0 }) {
  mkdirSync(mailFolder, { recursive: true });
  const server = createServer();
  await new Promise((ready) => server.listen(port, "127.0.0.1", ready));
  const origin = `http://localhost:${server.address().port}`;
  const party = relyingParty(origin);
  const customers = new Map();
  const sessions = new Map();
  const links = new Map();
  const pendings = new Map();
  const mailCodes = new Map();
  const wrongs = new Map();
  const works = new Set();
  let mails = 0;

  const add = (customer) => customers.set(customer.email, customer) && customer;
  const demo = add(
    newCustomer({
      email: "ada@example.org",
      name: "Ada",
      password: "correct horse battery staple",
    }),
  );
  tell(demo, "session.began", "You signed in from a device that was not known.");

  function post(to, subject, text) {
    const name = `${String(++mails).padStart(4, "0")}.eml`;
    writeFileSync(join(mailFolder, name), `To: ${to}\nSubject: ${subject}\n\n${text}\n`);
  }
  function mail(customer, what) {
    const code = String(randomInt(1e8)).padStart(8, "0");
    mailCodes.set(customer.email, code);
    post(
      customer.email,
      `Your code: ${what}`,
      `Your code is ${code}\nWe never ask for it by phone.`,
    );
  }
  const mayTake = (email, code) => {
    const isRight = mailCodes.get(email) === code && code !== undefined;
    if (isRight) mailCodes.delete(email);
    return isRight;
  };
  const ofWithdrawals = withdrawals(party, mail);

  function checkFactors(customer, wanted, given) {
    const isHeld = {
      password: () => given.password === customer.password,
      totp: () => given.totp === totp(SEED),
      mailbox: () => mayTake(customer.email, given.mail_code),
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
        customer && (customer.totp ? body.code === totp(SEED) : mayTake(customer.email, body.code));
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
    if (!customer.totp) mail(customer, "sign-in");
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
      if (customer) mail(customer, "recovery");
      return [202, {}];
    }
    if (!customer || !mayTake(customer.email, body.mail_code))
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
    throw new Refused("account.recovery.unripe", 409);
  }

  const SCENES = {
    plain: (one) => Object.assign(one, { is_frozen: false, recovery: null, holds: [], call: null }),
    frozen: (one) => Object.assign(one, { is_frozen: true }),
    recovery: (one) =>
      Object.assign(one, {
        recovery: { ripe_at: at(Date.now() + 200_000_000), evidence: ["a recovery code"] },
      }),
    held: (one) =>
      one.holds.push({
        cause: "contact",
        until: at(Date.now() + 250_000_000),
        sentence: "Money waits because your e-mail was changed.",
      }),
    called: (one) =>
      Object.assign(one, {
        call: { since: at(Date.now() - 90_000), purpose: "about a withdrawal that waits" },
      }),
  };

  function open(method, path, body, response) {
    switch (`${method} ${path}`) {
      case "POST /v1/my/sign-up": {
        const token = randomBytes(18).toString("base64url");
        links.set(token, body.email);
        post(body.email, "Open your account", `${origin}/account/#/enrol?token=${token}`);
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
      case "POST /stand-in/forget":
        Object.assign(demo, { passkeys: [], holds: [], codes: [] });
        return [200, {}];
      case "POST /stand-in/scene":
        SCENES.plain(demo);
        SCENES[body.scene]?.(demo);
        return [200, {}];
    }
    return null;
  }

  function command({ customer, line }, { command: wanted, confirmation }) {
    if (!isFree(customer, wanted)) {
      const factors = confirmWith(customer);
      if (!confirmation) {
        const asked =
          factors[0] === "passkey"
            ? party.beginUse(customer.passkeys, JSON.stringify(wanted))
            : { ceremony: null, options: null };
        if (factors.includes("mailbox")) mail(customer, wanted.do);
        throw new Refused("account.unconfirmed", 403, { confirm: { wanted: factors, ...asked } });
      }
      if (factors[0] === "passkey")
        party.finishUse(confirmation.ceremony, confirmation.response, customer.passkeys);
      else checkFactors(customer, factors, confirmation);
    }
    for (const one of customer.sessions) one.is_current = one.id === line.id;
    const done = act(customer, wanted, party);
    return { account: view(customer), ...done };
  }

  function inside(method, path, body, session) {
    const { customer, line } = session;
    const page = (items) => [200, { items, next: null }];
    const current = (items, mark) => page(items.map((one) => ({ ...one, is_current: mark(one) })));
    switch (`${method} ${path}`) {
      case "GET /v1/my/session":
        return [200, sessionView(session)];
      case "GET /v1/my/account":
        return [200, view(customer)];
      case "GET /v1/my/addresses":
        for (const one of customer.book) one.is_usable = Date.parse(one.usable_from) <= Date.now();
        return page(customer.book);
      case "POST /v1/my/addresses/check":
        return [200, checkAddress(customer, body.network, body.address)];
      case "GET /v1/my/networks":
        return [200, NETWORKS];
      case "GET /v1/my/assets":
        return [
          200,
          ASSETS.map((one) => ({ ...one, price_at: one.price_cents && at(Date.now() - 40_000) })),
        ];
      case "GET /v1/my/sessions":
        return current(customer.sessions, ({ id }) => id === line.id);
      case "GET /v1/my/devices":
        return current(customer.devices, ({ name }) => name === line.device);
      case "GET /v1/my/keys":
        return page(customer.keys);
      case "GET /v1/my/events":
        return page(customer.events);
      case "POST /v1/my/commands":
        return [200, command(session, body)];
      case "GET /v1/withdrawals":
        return [200, ofWithdrawals.list(customer)];
      case "POST /v1/withdrawals":
        return [201, ofWithdrawals.ask(customer, body)];
    }
    const [, id, verb] = /^\/v1\/withdrawals\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
    if (!id) return null;
    if (method === "GET") return [200, ofWithdrawals.get(customer, id)];
    if (verb === "confirm")
      return [200, ofWithdrawals.confirm(customer, id, body.confirmation, checkFactors)];
    if (verb === "answers") return [200, ofWithdrawals.answer(customer, id, body.answers)];
    if (verb === "cancel") return [200, ofWithdrawals.cancel(customer, id)];
    return null;
  }

  const ofStaff = staff({ party, customers });

  function answer(request, path, body, response) {
    const method = request.method;
    const found = open(method, path, body, response) ?? ofStaff(request, path, body, response);
    if (found) return found;
    const cookie = /(?:^|; )customer=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
    const session = sessions.get(cookie);
    if (!session || !session.customer.sessions.some(({ id }) => id === session.line.id)) {
      throw new Refused("auth.required");
    }
    if (method !== "GET" && request.headers["x-csrf-token"] !== session.csrf)
      throw new Refused("auth.csrf", 403);
    if (method === "DELETE" && path === "/v1/my/session") {
      sessions.delete(cookie);
      return [204, null];
    }
    return inside(method, path, body, session);
  }

  function problem(error) {
    if (!(error instanceof Refused)) {
      console.error(error);
      return [
        500,
        {
          type: "about:blank",
          title: "Fault",
          status: 500,
          code: "fault",
          detail: String(error),
          id: "",
        },
      ];
    }
    const { code, status, more } = error;
    const id = randomBytes(5).toString("hex");
    return [
      status,
      {
        type: `urn:ringfence:problem:${code}`,
        title: code,
        status,
        code,
        detail: code,
        id,
        ...more,
      },
    ];
  }

  function file(path, response) {
    const wanted = path === "/account" || path === "/account/" ? "/account.html" : path;
    const name = normalize(join(dist, wanted));
    const isThere = name.startsWith(dist) && extname(name) !== "" && existsSync(name);
    const found = isThere ? name : join(dist, "index.html");
    response.setHeader("content-type", KINDS[extname(found)] ?? "application/octet-stream");
    response.end(readFileSync(found));
  }

  server.on("request", async (request, response) => {
    const path = request.url.split("?")[0];
    response.setHeader("content-security-policy", POLICY);
    response.setHeader("cache-control", "no-store");
    if (!path.startsWith("/v1/") && !path.startsWith("/stand-in/")) return file(path, response);
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    let status = 404;
    let body = null;
    try {
      const sent = Buffer.concat(chunks).toString();
      const result = answer(request, path, sent ? JSON.parse(sent) : {}, response);
      if (!result) throw new Refused("not_found", 404);
      [status, body] = result;
    } catch (error) {
      [status, body] = problem(error);
    }
    response.statusCode = status;
    response.setHeader("content-type", "application/json");
    response.end(body === null ? undefined : JSON.stringify(body));
  });
  return { origin, close: () => server.close(), email: demo.email, password: demo.password };
}
