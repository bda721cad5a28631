/** The command line on a page: every command's help, as it is printed. */
import type { Command } from "commander";
import { guardedFetch } from "../native/fetch.ts";
import type { Shell } from "./io.ts";
import { makeProgram } from "./program.ts";

const HEAD = `# The command line

\`npm run surety -- <command>\` in a checkout. Data goes to stdout, words to stderr; every command ends with 0, 1 where it failed or what it checked does not hold, 2 for wrong usage, 130 where it was interrupted. \`--json\` prints one line of JSON, with amounts in the token's smallest unit and times in seconds; amounts are typed in the token's units. \`--dry-run\` checks and simulates everything and sends nothing. A key is never in an option, a log or an error: it lies in an encrypted keystore, whose password comes from \`--password-file\`, from \`SURETY_PASSWORD\`, or is asked for.

This page is written by \`node --import tsx scripts/cli-docs.ts\`.

## A node's file

What \`surety operator serve\`, \`commit\` and \`settle\` read. Paths count from the file's folder; all but \`tariff\` and something to serve can be left out.

\`\`\`json
{
  "endpoint": "https://node.example",
  "host": "127.0.0.1",
  "port": 8600,
  "journal": "journal.sqlite",
  "tariff": { "base": "0.02", "inputRate": "0.00001", "outputRate": "0.0001" },
  "models": [
    { "file": "models/digits-8x8.json", "modes": ["signed", "optimistic", "enclave"] },
    { "file": "models/iris.json", "modes": ["snark"], "proofs": "models/iris-proofs.json" }
  ],
  "upstreams": [
    { "url": "http://127.0.0.1:11434/v1", "keyVariable": "UPSTREAM_KEY", "models": [{ "name": "llama3.2:1b" }] },
    { "url": "http://127.0.0.1:8000/v1", "mode": "enclave", "models": [{ "name": "qwen3:4b" }] }
  ],
  "settlement": { "period": 3600, "unitsPerCoin": "3000" },
  "intervals": { "commit": 600, "settle": 3600, "answer": 300 },
  "logLevel": "info"
}
\`\`\`
`;

/** What help needs of the world: nothing. */
export const nowhere: Shell = {
  out: () => undefined,
  err: () => undefined,
  isTerminal: false,
  env: {},
  clock: () => 0n,
  random: (length) => new Uint8Array(length),
  fetch: globalThis.fetch,
  guardedFetch,
  ask: async () => "",
  signal: new AbortController().signal,
  uninterrupted: async (work) => work(),
  fail: () => undefined,
};

/** Every command's help in Markdown, in the order of the tree. */
export function describeCommands(): string {
  return [HEAD, ...sectionsOf(makeProgram(nowhere), "")].join("\n");
}

function sectionsOf(command: Command, before: string): string[] {
  const path = `${before}${command.name()}`;
  let help = "";
  command.configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => 100 }).outputHelp();
  const section = `## \`${path}\`\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`;
  return [section, ...command.commands.flatMap((one) => sectionsOf(one, `${path} `))];
}
