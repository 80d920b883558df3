// The customers' page of a proof of reserves: a build of its own, so that it shares no file with the
// console and can be put anywhere, under any name. All it needs beside it is `assets/reserves/`,
// `proof.wasm` and `mark.svg`; every URL is relative.
import { resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  base: "./",
  build: {
    target: "es2022",
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    assetsDir: "assets/reserves",
    // The console's build comes first, and copies what is in `public`.
    emptyOutDir: false,
    copyPublicDir: false,
    rolldownOptions: { input: resolve(import.meta.dirname, "reserves.html") },
  },
  worker: { format: "es" },
});
