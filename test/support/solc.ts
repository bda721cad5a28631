/** Contracts that only one test calls from TypeScript, compiled where they are needed. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

interface Compiler {
  compile(input: string, callbacks: { import: (path: string) => { contents: string } }): string;
}

interface Output {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts: Readonly<
    Record<string, Readonly<Record<string, { readonly abi: object[]; readonly evm: { bytecode: { object: string } } }>>>
  >;
}

/** ABI and bytecode of the contract that a file of the project is named after. */
export function compileContract(path: string): { readonly abi: object[]; readonly bytecode: string } {
  const compiler = createRequire(import.meta.url)("solc") as Compiler;
  const input = {
    language: "Solidity",
    sources: { [path]: { content: readFileSync(join(root, path), "utf8") } },
    settings: {
      viaIR: true,
      evmVersion: "osaka",
      optimizer: { enabled: true, runs: 1_000_000 },
      outputSelection: { [path]: { "*": ["abi", "evm.bytecode.object"] } },
    },
  };
  const pathOf = (file: string): string => join(root, file.startsWith("@") ? `node_modules/${file}` : file);
  const load = (file: string) => ({ contents: readFileSync(pathOf(file), "utf8") });
  const output = JSON.parse(compiler.compile(JSON.stringify(input), { import: load })) as Output;
  const failure = output.errors?.find(({ severity }) => severity === "error");
  if (failure !== undefined) throw new Error(failure.formattedMessage);
  const name = path.slice(dirname(path).length + 1, -".sol".length);
  const contract = output.contracts[path]?.[name];
  if (contract === undefined) throw new Error(`${path} has no contract ${name}`);
  return { abi: contract.abi, bytecode: `0x${contract.evm.bytecode.object}` };
}
