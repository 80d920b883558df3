// The staff's side of the stand-in server: as much as their pages about customers and passkeys need.
import { at, tell, view } from "./customer.mjs";
import { Refused } from "./passkeys.mjs";

/** A view closes by itself after so long. */
const VIEW_MS = 600_000;
const user = {
  id: 1,
  name: "Mara",
  role: "administrator",
  is_disabled: false,
  created_at: at(0),
  last_seen_at: at(Date.now()),
};
const session = () => ({
  user,
  csrf_token: "staff",
  expires_at: at(Date.now() + 43_200_000),
  is_demo: true,
});

const mask = (text) => `${text.slice(0, 1)}${"•".repeat(5)}`;
const maskMail = (email) => email.replace(/^(.)[^@]*@(.).*(\.\w+)$/, "$1•••@$2•••$3");

export function staff({ party, customers }) {
  const passkeys = [];
  let isIn = true;

  const find = (id) => {
    const customer = [...customers.values()].find((one) => one.id === id);
    if (!customer) throw new Refused("not_found", 404);
    return customer;
  };
  const stateOf = ({ is_frozen, holds }) =>
    is_frozen ? "frozen" : holds.length > 0 ? "held" : "active";
  const known = (customer) => ({
    id: customer.id,
    email_masked: maskMail(customer.email),
    state: stateOf(customer),
    created_at: at(Date.now() - 9_000_000_000),
  });

  function masked(customer) {
    const { id, phone, is_frozen, holds, settings, recovery, credentials } = view(customer);
    const to = (address) => `${address.slice(0, 8)}…${address.slice(-6)}`;
    return {
      customer: {
        id,
        name_masked: mask(customer.name),
        email_masked: maskMail(customer.email),
        phone_masked: phone,
        created_at: at(Date.now() - 9_000_000_000),
        ...{ is_frozen, holds, settings, recovery },
        credentials: { ...credentials, passkeys: credentials.passkeys.length },
      },
      withdrawals: customer.withdrawals.map((one) => ({
        ...{
          id: one.id,
          amount: one.amount,
          symbol: one.symbol,
          decimals: one.decimals,
          state: one.state,
        },
        ...{ reasons: one.reasons, to: to(one.to), asked_at: one.asked_at },
      })),
      events: customer.events,
      expires_at: at(Date.now() + VIEW_MS),
    };
  }

  return (request, path, body) => {
    const { method } = request;
    switch (`${method} ${path}`) {
      case "GET /v1/session":
        if (!isIn) throw new Refused("auth.required");
        return [200, session()];
      case "DELETE /v1/session":
        isIn = false;
        return [204, null];
      case "POST /v1/session/passkey/begin":
        return [200, party.beginUse()];
      case "POST /v1/session/passkey":
        party.finishUse(body.ceremony, body.response, passkeys);
        isIn = true;
        return [201, session()];
      case "GET /v1/users":
        return [200, { items: [user], next: null }];
      case "GET /v1/api-keys":
        return [200, { items: [], next: null }];
      case "GET /v1/me/passkeys":
        return [
          200,
          { items: passkeys.map(({ spki: _, counter: __, ...shown }) => shown), next: null },
        ];
      case "POST /v1/me/passkeys/begin":
        return [
          200,
          party.beginMake({ id: "staff-1", email: user.name, name: user.name }, passkeys),
        ];
      case "POST /v1/me/passkeys": {
        const made = party.finishMake(body.ceremony, body.response);
        const passkey = {
          ...made,
          name: body.name,
          created_at: at(Date.now()),
          last_used_at: null,
          is_synced: false,
        };
        passkeys.push(passkey);
        return [201, passkey];
      }
      case "POST /v1/customers/find": {
        const customer = [...customers.values()].find(
          (one) => one.email === body.email || one.id === body.id,
        );
        if (!customer)
          throw new Refused("not_found", 404, { detail: "No customer has exactly this." });
        return [200, known(customer)];
      }
    }
    const passkey = /^\/v1\/me\/passkeys\/(.+)$/.exec(path)?.[1];
    if (passkey && method === "DELETE") {
      passkeys.splice(
        passkeys.findIndex(({ id }) => id === passkey),
        1,
      );
      return [204, null];
    }
    const [, id, verb] = /^\/v1\/customers\/([^/]+)\/(\w+)$/.exec(path) ?? [];
    if (!id || method !== "POST") return null;
    const customer = find(id);
    if (verb === "views") {
      if (Number(body.alert_id) !== 7) throw new Refused("customer.no_case", 403);
      tell(
        customer,
        "account.viewed",
        "A person of the exchange looked at this account, for a case.",
        "staff",
      );
      return [200, masked(customer)];
    }
    if (verb === "holds") {
      const until = at(Date.now() + body.hours * 3_600_000);
      customer.holds.push({
        cause: "staff",
        until,
        sentence: "Money waits because a person of the exchange asked for it.",
      });
      return [200, masked(customer)];
    }
    if (verb === "freeze") {
      customer.is_frozen = true;
      return [200, masked(customer)];
    }
    if (verb === "call") {
      customer.call = body.purpose ? { since: at(Date.now()), purpose: body.purpose } : null;
      return [200, masked(customer)];
    }
    return null;
  };
}
