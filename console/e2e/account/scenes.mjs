// States of an account that take days to come about, for looking at them.
import { at } from "./customer.mjs";

export const SCENES = {
  plain: (one) => Object.assign(one, { is_frozen: false, recovery: null, holds: [], call: null }),
  ripe: (one) =>
    Object.assign(one, { recovery: { ripe_at: at(Date.now() - 1_000), evidence: [] } }),
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
