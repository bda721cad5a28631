/**
 * What is kept of a deployment while it goes on, in `deploy/deployments`: Ignition's own journals, and beside them each
 * transaction as it was signed, written before it is sent. Ignition writes down that it is about to send something, and
 * later which transaction it was: killed in between, it knows of no transaction and gives up. With the signed one it is
 * found, or sent again as it was; nothing is sent that differs, so that nothing can happen twice.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { trackTransaction } from "@nomicfoundation/ignition-core";
import { Transaction } from "ethers";
import hre from "hardhat";
import type { EthereumProvider } from "hardhat/types/providers";
import { DeploymentError } from "../src/chain/deployment.ts";
import type { Part } from "./addresses.ts";

/** What of a message in Ignition's journal is looked at here. */
interface Message {
  readonly type: string;
  readonly nonce?: number;
  readonly receipt?: { readonly blockNumber: number; readonly contractAddress?: string };
}

/** A message, and where its line begins in the journal, in bytes. */
interface Line {
  readonly message: Message;
  readonly start: number;
}

/** A contract that a journal knows to be on the chain. */
interface Created {
  readonly blockNumber: number;
  readonly contractAddress: string;
}

/** A transaction as it was signed. */
interface Signed {
  readonly hash: string;
  readonly from: string;
  readonly nonce: number;
  readonly raw: string;
}

const PARTS: readonly Part[] = ["token", "surety", "erc8004"];

/** The journals of one deployment. */
export class DeploymentJournal {
  readonly #name: string;
  readonly #signed: string;

  /** @param name another name makes another deployment on the same chain */
  constructor(name: string) {
    this.#name = name;
    this.#signed = join(this.folderOf("surety"), "signed.txt");
  }

  /** Ignition's name of the journal of a part. */
  nameOf(part: Part): string {
    return part === "surety" ? this.#name : `${this.#name}-${part}`;
  }

  /** Where the journal of a part is. */
  folderOf(part: Part): string {
    return join(hre.config.paths.ignition, "deployments", this.nameOf(part));
  }

  /** Whether a deployment was begun. */
  get isBegun(): boolean {
    return this.folders.length > 0;
  }

  /** Where the journals are that there are. */
  get folders(): readonly string[] {
    return PARTS.filter((part) => existsSync(this.#fileOf(part))).map((part) => this.folderOf(part));
  }

  /** The block of its first contract; undefined where there is none yet. */
  get firstBlock(): number | undefined {
    const blocks = this.#created().map(({ blockNumber }) => blockNumber);
    return blocks.length === 0 ? undefined : Math.min(...blocks);
  }

  /** Whether it has deployed a contract at an address. */
  hasDeployed(address: string): boolean {
    return this.#created().some(({ contractAddress }) => contractAddress.toLowerCase() === address.toLowerCase());
  }

  /** Writes down what is about to be sent. */
  sign(raw: string): void {
    mkdirSync(dirname(this.#signed), { recursive: true });
    appendFileSync(this.#signed, `${raw}\n`, { flush: true });
  }

  /**
   * Makes good what a crash left: to be called before Ignition goes on.
   * @throws DeploymentError where it is of another chain, or another transaction took a place in the account's sequence
   */
  async recover(node: EthereumProvider): Promise<void> {
    for (const part of PARTS) dropBrokenLine(this.#fileOf(part));
    const [first] = this.#created();
    if (first !== undefined && (await ask(node, "eth_getCode", first.contractAddress, "latest")) === "0x") {
      throw this.#isForeign();
    }
    for (const part of PARTS) {
      const last = linesOf(this.#fileOf(part)).at(-1);
      if (last?.message.type === "TRANSACTION_PREPARE_SEND") await this.#find(node, part, last);
    }
  }

  /** Finds what a part was about to send when everything ended. */
  async #find(node: EthereumProvider, part: Part, { message: { nonce }, start }: Line): Promise<void> {
    const transaction = this.#allSigned().findLast((signed) => signed.nonce === nonce);
    // Whatever is sent was written down first. What was not, or is too cheap by now, is made anew.
    const isThere = transaction !== undefined && (await this.#bring(node, part, transaction));
    if (isThere) await trackTransaction(this.folderOf(part), transaction.hash, node);
    else truncateSync(this.#fileOf(part), start);
  }

  /** Whether a transaction is on the chain or waits there; sent again where it never arrived. */
  async #bring(node: EthereumProvider, part: Part, { hash, from, nonce, raw }: Signed): Promise<boolean> {
    const isKnown = async (): Promise<boolean> => (await ask(node, "eth_getTransactionByHash", hash)) !== null;
    if (await isKnown()) return true;
    const next = Number(await ask(node, "eth_getTransactionCount", from, "pending"));
    if (nonce > next) throw this.#isForeign();
    if (nonce < next) {
      const remedy = `find it, and name it with \`npx hardhat ignition track-tx <hash> ${this.nameOf(part)}\``;
      throw new DeploymentError(`${from} sent another transaction ${nonce} than this deployment's: ${remedy}`);
    }
    try {
      await ask(node, "eth_sendRawTransaction", raw);
    } catch (thrown) {
      if (thrown instanceof Error && /underpriced|base fee|basefee|fee cap/i.test(thrown.message)) return false;
      throw thrown;
    }
    // Behind a public address stand many nodes, and not all of them know it at once.
    for (let tries = 0; tries < 10 && !(await isKnown()); tries++) await setTimeout(1_000);
    return true;
  }

  #isForeign(): DeploymentError {
    return new DeploymentError(
      `the journal in ${this.folders.join(", ")} is of another chain: remove it and deploy anew`,
    );
  }

  #allSigned(): Signed[] {
    if (!existsSync(this.#signed)) return [];
    return readFileSync(this.#signed, "utf8")
      .split("\n")
      .slice(0, -1)
      .map((raw) => {
        const { hash, from, nonce } = Transaction.from(raw);
        if (hash === null || from === null) throw new DeploymentError(`${this.#signed} holds what is not signed`);
        return { hash, from, nonce, raw };
      });
  }

  #created(): Created[] {
    return PARTS.flatMap((part) => linesOf(this.#fileOf(part))).flatMap(({ message: { receipt } }) =>
      receipt?.contractAddress === undefined ? [] : [{ ...receipt, contractAddress: receipt.contractAddress }],
    );
  }

  #fileOf(part: Part): string {
    return join(this.folderOf(part), "journal.jsonl");
  }
}

function linesOf(file: string): Line[] {
  if (!existsSync(file)) return [];
  let next = 0;
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((text) => {
      const start = next;
      next += Buffer.byteLength(text) + 1;
      return text === "" ? [] : [{ message: JSON.parse(text) as Message, start }];
    });
}

/** A machine that stops in the middle of writing leaves a line that is none: what it was to say was not done yet. */
function dropBrokenLine(file: string): void {
  if (!existsSync(file)) return;
  const text = readFileSync(file, "utf8");
  const start = text.lastIndexOf("\n") + 1;
  try {
    JSON.parse(text.slice(start) || "null");
  } catch {
    truncateSync(file, Buffer.byteLength(text.slice(0, start)));
  }
}

async function ask(node: EthereumProvider, method: string, ...params: unknown[]): Promise<unknown> {
  return node.request({ method, params });
}
