// The customers' security centre: a build of its own, so that customers load nothing of the staff's
// console. The server gives it at `/account/`; fonts are the console's own files.
import { resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const assets = "assets/account";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    assetsDir: assets,
    // The console's build comes first, and copies what is in `public`.
    emptyOutDir: false,
    copyPublicDir: false,
    rolldownOptions: {
      input: resolve(import.meta.dirname, "account.html"),
      output: {
        // Names are hashes of the content: the same font is the same file.
        assetFileNames: ({ names }) =>
          names[0]?.endsWith(".woff2") ? "assets/[name]-[hash][extname]" : `${assets}/[name]-[hash][extname]`,
        codeSplitting: {
          groups: [
            { name: "vendor", test: /node_modules\/(react|react-dom|scheduler)\// },
            { name: "parts", test: /src\/(account\/parts|parts|lib|api)\/.*\.tsx?$/, minShareCount: 3 },
          ],
        },
      },
    },
  },
  worker: {
    format: "es",
    rolldownOptions: { output: { entryFileNames: `${assets}/[name]-[hash].js` } },
  },
});
