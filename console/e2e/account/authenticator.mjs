// A virtual authenticator in Chromium's debugger: made for each case, because after a failed attempt the
// next one in the same may fail too.
export async function addAuthenticator(page, more = {}) {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable", { enableUI: false });
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      ctap2Version: "ctap2_1",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      ...more,
    },
  });
  const send = (method, rest = {}) =>
    session.send(`WebAuthn.${method}`, { authenticatorId, ...rest });
  return {
    send,
    credentials: async () => (await send("getCredentials")).credentials,
    /** The same key elsewhere: what a thief of a copy, or another browser of the owner, has. */
    put: (credential) => send("addCredential", { credential }),
    override: (bits) => send("setResponseOverrideBits", bits),
    remove: async () => {
      await send("removeVirtualAuthenticator").catch(() => {});
      await session.detach().catch(() => {});
    },
  };
}
