/** The README's way onto a testnet, typed command by command. */
import type { Parts } from "../parts.ts";
import type { People } from "./facts.ts";
import { commandsIn, fill } from "./readme.ts";
import { RehearsalError, type Shell, type Typed, type } from "./shell.ts";

export interface ScriptOptions {
  readonly readme: string;
  readonly shell: Shell;
  /** Where the node listens, instead of where the README says. */
  readonly port: number;
  /** What a faucet for coin does on a testnet. */
  readonly giveCoin: (address: string) => Promise<void>;
  /** A testnet's blocks come by themselves; anvil's do with transactions alone. */
  readonly nextBlock: () => Promise<unknown>;
  readonly say: (line: string) => void;
}

/** What was typed, and what it said. */
export interface Played {
  readonly commands: number;
  readonly people: People;
  readonly receipt: string;
}

const ADDRESS = /0x[0-9a-fA-F]{40}\b/g;
const WORD = /0x[0-9a-f]{64}\b/;

/** Types all of it, each command once the one before has done what it is for. @throws RehearsalError naming the first that fails */
export async function play(
  { readme, shell, port, giveCoin, nextBlock, say }: ScriptOptions,
  parts: Parts,
): Promise<Played> {
  const known: Record<string, string> = {};
  const accounts: string[] = [];
  let node: Typed | undefined;
  // What is in the environment is the rehearsal's own.
  const commands = commandsIn(readme).filter((line) => !line.startsWith("export "));
  for (const command of commands) {
    const line = fill(command, known).replaceAll("8600", String(port));
    say(`$ ${line}`);
    // A journal is one process's at a time.
    if (node !== undefined && / operator (commit|serve) /.test(line)) await node.interrupt();
    await nextBlock();
    const typed = type(line, shell);
    parts.opened(typed);
    if (line.includes(" operator serve ")) {
      node = typed;
      await typed.said(/^Serving at /m);
      continue;
    }
    const said = await typed.done();
    const addresses = said.match(ADDRESS) ?? [];
    if (/ (account create|operator init)/.test(line)) {
      for (const address of addresses) await giveCoin(address);
      accounts.push(addresses[0] ?? "");
    }
    if (line.includes(" operator init")) known["operator"] = addresses[0] ?? "";
    if (line.includes(" model publish ")) known["model"] = wordIn(said, /^The model's id is .*$/m);
    if (line.includes(" ask ")) known["receipt"] = wordIn(said, /^receipt .*$/m);
  }
  if (node !== undefined) await node.interrupt();
  const [, operator = "", delegator = "", client = ""] = accounts;
  return { commands: commands.length, people: { operator, delegator, client }, receipt: known["receipt"] ?? "" };
}

/** The 32 bytes in a part of what a command said. @throws RehearsalError where there are none */
function wordIn(said: string, part: RegExp): string {
  const [word] = WORD.exec(part.exec(said)?.[0] ?? "") ?? [];
  if (word === undefined) throw new RehearsalError(`no id is in what was said:\n${said}`);
  return word;
}
