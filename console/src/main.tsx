import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { ApiError } from "./api/client";
import { SignIn } from "./pages/welcome/SignIn";
import { takeToken, Welcome } from "./pages/welcome/Welcome";
import { Fault, Skeleton } from "./parts/States";
import { setRoutes } from "./shell/router";
import { ROUTES } from "./shell/routes";
import { SessionGate } from "./shell/session";
import { Shell } from "./shell/Shell";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/controls.css";
import "./styles/table.css";
import "./styles/parts.css";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // A refusal stays one; only lost connections and faults of the server are worth a second try.
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
    },
  },
});

setRoutes(ROUTES);
const token = takeToken();
const root = document.getElementById("root");
if (!root) throw new Error("index.html has no root");

createRoot(root).render(
  <QueryClientProvider client={client}>
    {token !== null ? (
      <Welcome token={token} />
    ) : (
      <SessionGate
        loading={<Skeleton lines={12} />}
        signedOut={<SignIn />}
        failed={(error, again) => <Fault error={error} again={again} />}
      >
        <Shell />
      </SessionGate>
    )}
  </QueryClientProvider>,
);
