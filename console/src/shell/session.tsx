/** Who is signed in. The session itself is a cookie that scripts cannot read. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, type ReactNode } from "react";
import { ApiError, setCsrfToken, setOnSignedOut } from "../api/client";
import { api } from "../api/endpoints";
import type { Role, Session } from "../api/model";
import { closeStream, listen, openStream } from "../api/stream";

const SessionContext = createContext<Session | null>(null);

/** The session; only for components inside the signed-in part. */
export function useSession(): Session {
  const session = use(SessionContext);
  if (!session) throw new Error("useSession outside of a session");
  return session;
}

const MAY: Record<"alerts" | "rules", readonly Role[]> = {
  alerts: ["administrator", "compliance", "analyst"],
  rules: ["administrator", "compliance"],
};

/** Whether the role may change alerts, or rules and lists. The server refuses anyhow; what it would
 * refuse is not offered. */
export function useMay(what: keyof typeof MAY): boolean {
  return MAY[what].includes(useSession().user.role);
}

interface GateProps {
  children: ReactNode;
  loading: ReactNode;
  signedOut: ReactNode;
  failed: (error: Error, again: () => void) => ReactNode;
}

/** Shows the console to those signed in, and to others how to sign in. */
export function SessionGate({ children, loading, signedOut, failed }: GateProps) {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: ["session"],
    queryFn: () =>
      api.session().catch((problem: unknown) => {
        if (problem instanceof ApiError && problem.status === 401) return null;
        throw problem;
      }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  useEffect(() => {
    setOnSignedOut(() => client.setQueryData(["session"], null));
  }, [client]);
  const userId = data?.user.id;
  useEffect(() => {
    if (userId === undefined) return;
    const stop = listen({ refused: () => void refetch() });
    openStream();
    return () => {
      stop();
      closeStream();
    };
  }, [userId, refetch]);
  if (data) {
    // Set before children render, so that their first request carries it.
    setCsrfToken(data.csrf_token);
    return <SessionContext value={data}>{children}</SessionContext>;
  }
  if (data === null) return signedOut;
  return error ? failed(error, () => void refetch()) : loading;
}
