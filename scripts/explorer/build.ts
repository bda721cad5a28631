/** Builds the explorer, `app/`, for browsers. */
import { resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { build, type Plugin } from "vite";

const root = resolve(import.meta.dirname, "../../app");

/** A page deploys nothing: the contracts' code is left out of what it fetches, their interfaces stay. */
const withoutBytecode: Plugin = {
  name: "surety-without-bytecode",
  enforce: "pre",
  transform(code, id) {
    if (!/typechain-types\/factories\/.*\.ts$/.test(id)) return undefined;
    return { code: code.replace(/const _bytecode =\s*"0x[0-9a-fA-F]*"/, 'const _bytecode = "0x"'), map: null };
  },
};

/** Writes the explorer's files to a folder, which is emptied first. */
export async function buildExplorer(outDir: string): Promise<void> {
  // Vite asks the environment for whom it builds: visitors are given the same, also under tests.
  process.env["NODE_ENV"] = "production";
  await build({
    configFile: false,
    root,
    logLevel: "warn",
    plugins: [react(), withoutBytecode],
    build: {
      outDir,
      emptyOutDir: true,
      target: "es2022",
      chunkSizeWarningLimit: 1_500,
      modulePreload: { polyfill: false },
    },
  });
}
