// Chromium with everything watched that must not happen: console errors, page errors, violations
// of the content security policy, requests to other machines.
import { chromium } from "playwright-core";

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** `refused` is what the browser says of requests whose refusal is part of the flows. */
export async function start(base, more = [], refused = /status of 40[14]/) {
  const args = [...ARGS, ...more];
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args });
  const faults = [];

  async function open(options = {}) {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      ...options,
    });
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: base });
    context.on("page", (page) => watch(page));
    return context;
  }

  function watch(page) {
    page.on("console", (message) => {
      const text = message.text();
      // The browser reports requests that fail on the console by itself. Two kinds are part of the
      // flows: what is asked for without a session or does not exist, and the stream that is cut.
      const isRefusal =
        refused.test(text) || (/ERR_FAILED/.test(text) && /stream/.test(message.location().url));
      if (message.type() === "error" && !isRefusal) faults.push(`console: ${text}`);
    });
    page.on("response", async (response) => {
      if (response.status() < 500) return;
      const text = await response.text().catch(() => "");
      const request = `${response.request().method()} ${response.url()}`;
      faults.push(`${response.status()} ${request} ${text.slice(0, 200)}`);
    });
    page.on("pageerror", (error) => faults.push(`page: ${error.message}`));
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(base) && !/^(data|blob|about):/.test(url)) {
        faults.push(`request to another machine: ${url}`);
      }
    });
    void page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`csp: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
      });
    });
  }

  return { browser, open, faults };
}
