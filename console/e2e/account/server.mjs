// A stand-in for the server: the contract of the customers' API in memory, and the built pages with the
// server's own content security policy. For tests and for looking at pages; nothing of it is built into them.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
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
import { entrance } from "./entrance.mjs";
import { mails } from "./mails.mjs";
import { Refused, relyingParty } from "./passkeys.mjs";
import { SCENES } from "./scenes.mjs";
import { staff } from "./staff.mjs";
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

export async function standIn({ dist, mailFolder, port = 0 }) {
  const server = createServer();
  await new Promise((ready) => server.listen(port, "127.0.0.1", ready));
  const origin = `http://localhost:${server.address().port}`;
  const party = relyingParty(origin);
  const customers = new Map();
  const add = (customer) => customers.set(customer.email, customer) && customer;
  const demo = add(
    newCustomer({
      email: "ada@example.org",
      name: "Ada",
      password: "correct horse battery staple",
    }),
  );
  tell(demo, "session.began", "You signed in from a device that was not known.");

  const ofMails = mails(mailFolder);
  const { sessions, sessionView, checkFactors, open } = entrance({
    party,
    customers,
    mails: ofMails,
    origin,
  });
  const ofWithdrawals = withdrawals(party, ofMails.mail);

  /** What no server has: states that are set by hand. */
  function byHand(method, path, body) {
    switch (`${method} ${path}`) {
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
        if (factors.includes("mailbox")) ofMails.mail(customer, wanted.do);
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
    const found =
      byHand(method, path, body) ??
      open(method, path, body, response) ??
      ofStaff(request, path, body, response);
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
