/** The command line in this process: what a test types, who sits there, and what comes back. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encryptKeystoreJsonSync, HDNodeWallet, Mnemonic } from "ethers";
import { serialiseDeployment } from "../../src/chain/deployment.ts";
import { type Io, InterruptedError } from "../../src/cli/io.ts";
import { runCli } from "../../src/cli/program.ts";
import { fromHex, type Hex } from "../../src/core/bytes.ts";
import { addressOf } from "../../src/core/signatures.ts";
import { rpcHandler } from "../../src/demo/rpc.ts";
import { guardedFetch } from "../../src/native/fetch.ts";
import { secretNamed } from "./constants.ts";
import type { Ended } from "./children.ts";
import { type actors, clock, close, open, provider, type Stage } from "./stage.ts";

/** The password of every keystore here. */
export const PASSWORD = "correct horse battery staple";

/** Hardhat's well-known accounts. */
const mnemonic = Mnemonic.fromPhrase("test test test test test test test test test test test junk");
const accounts: readonly (keyof typeof actors)[] = [
  ...(["deployer", "publisher", "olive", "otto", "alice", "bob", "wendy", "will"] as const),
];

/** Derivation that takes no time: the files are of the usual form, and nobody guesses at them. */
const scrypt = { N: 2, r: 8, p: 1 };

/** The key of an actor's account. */
export function accountKey(who: keyof typeof actors): Hex {
  return HDNodeWallet.fromMnemonic(mnemonic, `m/44'/60'/0'/0/${accounts.indexOf(who)}`).privateKey as Hex;
}

/** What is otherwise about who sits there. */
export interface Person {
  readonly env?: Io["env"];
  /** What is answered to questions, in order; where it is given, a person sits at a terminal. */
  readonly answers?: readonly string[];
  readonly signal?: AbortSignal;
  /** Told what is printed while a command runs. */
  readonly heard?: (text: string) => void;
  /** Told what is said on stderr meanwhile. */
  readonly told?: (text: string) => void;
  readonly fetch?: Io["fetch"];
}

/** A folder with keystores and a deployment file, and a chain behind HTTP. */
export interface Desk {
  readonly folder: string;
  /** The address of the chain. */
  readonly rpc: string;
  readonly deployment: string;
  /** A file's path in the folder. */
  path(name: string): string;
  /** A file of the folder, written. */
  file(name: string, text: string): string;
  /** The keystore of an actor's account, or of any key. */
  keystore(who: keyof typeof actors | Hex): string;
  /** Runs a command. */
  type(person: Person, ...words: readonly string[]): Promise<Ended>;
  /** Runs a command on the stage's chain as an actor, and reads the line of JSON that it prints. */
  as(who: keyof typeof actors, ...words: readonly string[]): Promise<Said>;
}

/** How a command ended, and what its line of JSON says. */
export interface Said extends Ended {
  readonly json: Readonly<Record<string, unknown>>;
}

/** Opens a desk on the stage; `close` it after the test. */
export async function openDesk(stage: Stage): Promise<Desk & { close(): void }> {
  const folder = mkdtempSync(join(tmpdir(), "surety-cli-"));
  const path = (name: string): string => join(folder, name);
  const file = (name: string, text: string): string => {
    writeFileSync(path(name), text);
    return path(name);
  };
  const { url: rpc } = await open(rpcHandler(provider));
  const deployment = file("deployment.json", serialiseDeployment(stage.deployment));
  const keystore = (who: keyof typeof actors | Hex): string => {
    const key = who.startsWith("0x") ? (who as Hex) : accountKey(who as keyof typeof actors);
    const account = { address: addressOf(key), privateKey: key };
    return file(`${who.slice(0, 10)}.json`, encryptKeystoreJsonSync(account, PASSWORD, { scrypt }));
  };
  return {
    ...{ folder, rpc, deployment, path, file, keystore },
    type,
    as: async (who, ...words) => {
      const options = ["--network", rpc, "--deployment", deployment, "--keystore", keystore(who), "--json"];
      const ended = await type({ env: { SURETY_PASSWORD: PASSWORD } }, ...words, ...options);
      return { ...ended, json: ended.code === 2 ? {} : (JSON.parse(ended.stdout || "{}") as Said["json"]) };
    },
    close: () => rmSync(folder, { recursive: true }),
  };
}

/** Runs a command in this process. */
export async function type(person: Person, ...words: readonly string[]): Promise<Ended> {
  let [stdout, stderr, count] = ["", "", 0];
  const answers = [...(person.answers ?? [])];
  const io: Io = {
    out: (text) => {
      stdout += text;
      person.heard?.(text);
    },
    err: (text) => {
      stderr += text;
      person.told?.(text);
    },
    isTerminal: person.answers !== undefined,
    env: person.env ?? {},
    clock: () => clock.now,
    random: (length) => fromHex(secretNamed(`typed ${folderless(words)} ${count++}`)).slice(0, length),
    fetch: person.fetch ?? globalThis.fetch,
    guardedFetch,
    ask: async (question) => {
      stderr += question;
      const answer = answers.shift();
      if (answer === undefined) throw new InterruptedError();
      return answer;
    },
    signal: person.signal ?? new AbortController().signal,
    uninterrupted: async (work) => work(),
  };
  const code = await runCli(words, io);
  return { code, stdout, stderr };
}

/** A node that a command runs. */
export interface Serving {
  readonly url: string;
  stop(): Promise<Pick<Ended, "code" | "stderr">>;
}

/** Runs a command that serves until the test ends. @throws Error with what it says where it ends before it serves */
export async function serving(person: Person, ...words: readonly string[]): Promise<Serving> {
  const controller = new AbortController();
  let ended: Promise<Ended> | undefined;
  const url = await new Promise<string>((done, fail) => {
    const heard = (text: string): void => done((JSON.parse(text) as { readonly url: string }).url);
    ended = type({ ...person, signal: controller.signal, heard }, ...words, "--json");
    void ended.then(({ stderr }) => fail(new Error(stderr)));
  });
  const stop: Serving["stop"] = async () => {
    controller.abort();
    const { code, stderr } = (await ended) ?? { code: null, stderr: "" };
    return { code, stderr };
  };
  close({ close: stop });
  return { url, stop };
}

/** Words without what is another in every run. */
function folderless(words: readonly string[]): string {
  return words.filter((word) => !word.includes("/")).join(" ");
}
