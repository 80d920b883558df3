import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/endpoints";
import { hasPasskeys, usePasskeyFor } from "../../lib/passkey";
import { Icon } from "../../parts/Icon";
import { Fault } from "../../parts/States";

/** For people who have added one under Settings. */
export function PasskeySignIn() {
  const client = useQueryClient();
  const signIn = useMutation({
    mutationFn: async () => {
      const { ceremony, options } = await api.beginPasskeySignIn();
      return api.signInWithPasskey(ceremony, await usePasskeyFor(options));
    },
    onSuccess: (session) => client.setQueryData(["session"], session),
  });
  if (!hasPasskeys()) return null;
  return (
    <>
      <button
        type="button"
        className="button primary"
        disabled={signIn.isPending}
        onClick={() => signIn.mutate()}
      >
        <Icon name="key" size={14} /> {signIn.isPending ? "Waiting…" : "Sign in with a passkey"}
      </button>
      {signIn.error && <Fault error={signIn.error} />}
    </>
  );
}
