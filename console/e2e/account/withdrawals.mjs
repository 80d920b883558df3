// Withdrawals of the stand-in server: enough of the rules to show each state, and the real binding of
// a passkey's challenge to what is confirmed.
import { randomBytes } from "node:crypto";
import { at, confirmWith, NETWORKS, tell } from "./customer.mjs";
import { Refused } from "./passkeys.mjs";

const ETH = NETWORKS[0].id;
export const ASSETS = [
  {
    network: ETH,
    asset: "slip44:60",
    symbol: "ETH",
    decimals: 18,
    price_cents: 310_000,
    price_at: null,
  },
  {
    network: ETH,
    asset: "erc20:0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48",
    symbol: "USDC",
    decimals: 6,
    price_cents: 100,
    price_at: null,
  },
  {
    network: NETWORKS[1].id,
    asset: "slip44:0",
    symbol: "BTC",
    decimals: 8,
    price_cents: 9_200_000,
    price_at: null,
  },
  {
    network: NETWORKS[2].id,
    asset: "slip44:195",
    symbol: "TRX",
    decimals: 6,
    price_cents: null,
    price_at: null,
  },
];
/** From so much on, in cents, questions come first. */
const QUESTIONS_FROM = 500_000;
const INTERVIEW = {
  kind: "investment",
  questions: [
    {
      id: "who",
      text: "Who gave you this address?",
      answers: [
        { id: "self", text: "Nobody: it is of my own wallet" },
        { id: "known", text: "Somebody whom I have met" },
        { id: "online", text: "Somebody whom I know from the internet or the phone" },
      ],
    },
    {
      id: "why",
      text: "What is it for?",
      answers: [
        { id: "keep", text: "I keep it there" },
        { id: "buy", text: "I buy something" },
        { id: "earn", text: "I invest it, or pay so that I can get money out" },
      ],
    },
    {
      id: "line",
      text: "Is somebody helping you with this just now, on the phone or on your screen?",
      answers: [
        { id: "no", text: "No" },
        { id: "yes", text: "Yes" },
      ],
    },
  ],
  pause: "Take the time to think it over; the price of waiting is small.",
};

const reason = (code, sentence, remedy, evidence = []) => ({ code, sentence, remedy, evidence });

function judge(customer, one) {
  const entry = customer.book.find(
    ({ network, address }) => network === one.network && address === one.to,
  );
  one.to_label = entry?.label ?? null;
  const waits = customer.holds.map((hold) => ({
    until: Date.parse(hold.until),
    reason: reason("account.hold", hold.sentence, "Wait, or stop what you did not do.", [
      { name: "Until", value: hold.until },
    ]),
  }));
  const deny = (...said) =>
    Object.assign(one, {
      state: "denied",
      level: "deny",
      reasons: [reason(...said)],
      what_to_do: "Nothing has left. You can ask anew once the reason is gone.",
    });
  if (customer.is_frozen)
    return deny("account.frozen", "Your account is frozen.", "End the freeze with a passkey.");
  if (!entry && customer.settings.book_only.value) {
    return deny(
      "account.address.unknown",
      "This address is not in your book.",
      "Add it to your book first.",
    );
  }
  if (one.value_cents !== null && one.value_cents > customer.settings.daily_limit_cents.value) {
    return deny(
      "account.limit",
      "This is more than may leave in a day.",
      "Take less, or raise the limit.",
      [{ name: "Your limit", value: String(customer.settings.daily_limit_cents.value / 100) }],
    );
  }
  if (entry && !entry.is_usable) {
    waits.push({
      until: Date.parse(entry.usable_from),
      reason: reason(
        "account.address.new",
        "This address is new in your book.",
        "Wait, or use another address.",
        [{ name: "Added", value: entry.added_at }],
      ),
    });
  }
  if (!entry) {
    waits.push({
      until: Date.now() + customer.settings.cooldown_s.value * 1000,
      reason: reason(
        "account.address.new",
        "This address is not in your book, and new to you.",
        "Wait, or cancel it.",
      ),
    });
  }
  const delay = customer.settings.delay_s.value;
  if (delay > 0) {
    waits.push({
      until: Date.now() + delay * 1000,
      reason: reason(
        "account.delay",
        "You chose that every withdrawal waits.",
        "Wait, or cancel it.",
      ),
    });
  }
  one.waits = waits;
  one.interview = one.value_cents !== null && one.value_cents >= QUESTIONS_FROM ? INTERVIEW : null;
  Object.assign(one, { state: "challenged", level: "challenge" });
}

export function withdrawals(party, mail) {
  const confirmations = new Map();

  function show(customer, one) {
    const { waits, ...shown } = one;
    if (one.state === "approved")
      Object.assign(one, {
        state: "released",
        receipt: { journal_index: 4_711, leaf_hash: "9f".repeat(32) },
      });
    if (one.state !== "challenged" || one.interview) return { ...shown, confirm: null };
    let asked = confirmations.get(one.id);
    if (!asked) {
      const wanted = confirmWith(customer);
      const intent = {
        ...{ asset: one.asset, amount: one.amount, to: one.to, network: one.network },
        nonce: randomBytes(16).toString("hex"),
      };
      const begun =
        wanted[0] === "passkey"
          ? party.beginUse(customer.passkeys, JSON.stringify(intent))
          : { ceremony: null, options: null };
      if (wanted.includes("mailbox")) mail(customer, "withdrawal");
      asked = { wanted, ...begun, intent };
      confirmations.set(one.id, asked);
    }
    return { ...shown, confirm: asked };
  }

  function confirmed(one) {
    const until = Math.max(0, ...one.waits.map((wait) => wait.until));
    one.reasons = one.waits.map((wait) => wait.reason);
    one.changed_at = at(Date.now());
    if (until > Date.now()) {
      Object.assign(one, { state: "held", level: "hold", not_before: at(until) });
      one.what_to_do =
        "You need do nothing. If you did not ask for it, cancel it and freeze your account.";
    } else
      Object.assign(one, { state: "approved", level: "allow", what_to_do: "It is being sent." });
  }

  const find = (customer, id) => {
    const one = customer.withdrawals.find((known) => known.id === id);
    if (!one) throw new Refused("not_found", 404, { detail: "There is no such withdrawal." });
    return one;
  };
  const mustGoOn = (one) => {
    if (["released", "cancelled", "denied", "expired"].includes(one.state))
      throw new Refused("withdrawal.ended", 409);
  };

  return {
    list: (customer) => ({
      items: customer.withdrawals.map((one) => show(customer, one)),
      next: null,
    }),
    get: (customer, id) => show(customer, find(customer, id)),
    ask(customer, { request_id, network, asset: of, amount, to }) {
      const known = customer.withdrawals.find((one) => one.request_id === request_id);
      if (known) return show(customer, known);
      const asset = ASSETS.find((one) => one.network === network && one.asset === of);
      if (!asset) throw new Refused("asset.unknown", 422, { field: "asset" });
      const { symbol, decimals, price_cents } = asset;
      const now = at(Date.now());
      const one = {
        ...{
          id: randomBytes(9).toString("base64url"),
          request_id,
          network,
          asset: of,
          symbol,
          decimals,
          amount,
          to,
        },
        network_name: NETWORKS.find((each) => each.id === network).name,
        value_cents:
          price_cents === null
            ? null
            : Number((BigInt(amount) * BigInt(price_cents)) / 10n ** BigInt(decimals)),
        ...{
          asked_at: now,
          changed_at: now,
          not_before: null,
          expires_at: at(Date.now() + 900_000),
        },
        ...{
          reasons: [],
          what_to_do: "",
          receipt: null,
          by: "session",
          confirm: null,
          interview: null,
        },
        not_checked: ["Who holds the keys of this address"],
      };
      judge(customer, one);
      customer.withdrawals.unshift(one);
      tell(customer, "withdrawal.requested", `A withdrawal of ${symbol} was asked for.`);
      return show(customer, one);
    },
    confirm(customer, id, confirmation, checkFactors) {
      const one = find(customer, id);
      mustGoOn(one);
      const asked = confirmations.get(id);
      confirmations.delete(id);
      if (!asked) throw new Refused("conflict", 409);
      if (asked.ceremony) {
        if (confirmation.ceremony !== asked.ceremony) throw new Refused("auth.passkey");
        party.finishUse(asked.ceremony, confirmation.response, customer.passkeys);
      } else checkFactors(customer, asked.wanted, confirmation);
      confirmed(one);
      return show(customer, one);
    },
    answer(customer, id, answers) {
      const one = find(customer, id);
      mustGoOn(one);
      one.interview = null;
      if (answers.line === "yes" || answers.who === "online" || answers.why === "earn") {
        one.waits.push({
          until: Date.now() + 72 * 3_600_000,
          reason: reason(
            "withdrawal.interview",
            "What you answered is what people answer who are being robbed.",
            "Talk to us before it leaves: we call you, and it says so here.",
          ),
        });
        confirmed(one);
      }
      return show(customer, one);
    },
    cancel(customer, id) {
      const one = find(customer, id);
      mustGoOn(one);
      Object.assign(one, {
        state: "cancelled",
        interview: null,
        changed_at: at(Date.now()),
        what_to_do: "Nothing has left.",
      });
      tell(customer, "withdrawal.cancelled", "A withdrawal was cancelled.");
      return show(customer, one);
    },
  };
}
