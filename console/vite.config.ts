import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// Where the server listens while the console is developed with `npm run dev`.
const server = process.env.RINGFENCE_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    sourcemap: false,
    // Nothing may be a data: URL that the content security policy would have to allow.
    assetsInlineLimit: 0,
    // The preload shim would only serve browsers that the target already excludes.
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // Libraries change seldom: one chunk keeps the checked-in history small and browsers warm.
        // What at least three pages share is another, so that a page is two requests and not ten.
        codeSplitting: {
          groups: [
            { name: "vendor", test: /node_modules/ },
            { name: "parts", test: /src\/(parts|lib|api)\/.*\.tsx?$/, minShareCount: 3 },
          ],
        },
      },
      onwarn(warning, warn) {
        // Libraries mark themselves for server components, which this build has none of.
        if (warning.code !== "MODULE_LEVEL_DIRECTIVE") warn(warning);
      },
    },
  },
  server: { proxy: { "/v1": server, "/healthz": server, "/readyz": server, "/metrics": server } },
  test: { include: ["src/**/*.test.ts"] },
});
