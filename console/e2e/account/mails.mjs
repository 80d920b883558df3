// What the stand-in server mails: one .eml a mail, named in order, and the codes that it waits for.
import { randomInt } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export function mails(mailFolder) {
  mkdirSync(mailFolder, { recursive: true });
  const mailCodes = new Map();
  let count = 0;

  function post(to, subject, text) {
    const name = `${String(++count).padStart(4, "0")}.eml`;
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
  /** A code that may be used once more. */
  const keep = (customer, code) => mailCodes.set(customer.email, code);
  return { post, mail, mayTake, keep };
}
