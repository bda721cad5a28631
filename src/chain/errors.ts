import { type ErrorDescription, Interface, isCallException, isError } from "ethers";
import {
  AccessManager__factory,
  AgentLinks__factory,
  CourtPolicies__factory,
  CreditHistory__factory,
  DisclosureCourt__factory,
  EnclaveChecker__factory,
  EquivocationCourt__factory,
  FeeEscrow__factory,
  IntelCollateral__factory,
  KeyRegistry__factory,
  ModelRegistry__factory,
  OperatorBonds__factory,
  OptimisticChecker__factory,
  ReceiptLedger__factory,
  ReceiptValidator__factory,
  ReceiptVerdicts__factory,
  ReputationPublisher__factory,
  RsaPss__factory,
  SnarkChecker__factory,
  SnarkVerifiers__factory,
  TdxCollateralText__factory,
  TestToken__factory,
  ValidityCourt__factory,
} from "../../typechain-types/index.ts";
import { SuretyError } from "../core/errors.ts";
import { remedies } from "./remedies.ts";

/** A transaction or call that the chain refused. `cause` keeps what the library said. */
export class ChainError extends SuretyError {
  override readonly name = "ChainError";

  /** @param reason the contract's error, or the library's code */
  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, { ...options, reason });
  }
}

/** Whether an error says nothing about what was asked, but that it could not be asked. */
export function isUnread({ reason }: ChainError): boolean {
  return ["Unreachable", "NoContract", "NoProvider", "Unknown"].includes(reason);
}

/** Every error that a contract of Surety can revert with. */
const errors = new Interface(
  [
    AccessManager__factory,
    AgentLinks__factory,
    CourtPolicies__factory,
    CreditHistory__factory,
    DisclosureCourt__factory,
    EnclaveChecker__factory,
    EquivocationCourt__factory,
    FeeEscrow__factory,
    IntelCollateral__factory,
    KeyRegistry__factory,
    ModelRegistry__factory,
    OperatorBonds__factory,
    OptimisticChecker__factory,
    ReceiptLedger__factory,
    ReceiptValidator__factory,
    ReceiptVerdicts__factory,
    ReputationPublisher__factory,
    RsaPss__factory,
    SnarkChecker__factory,
    SnarkVerifiers__factory,
    TdxCollateralText__factory,
    TestToken__factory,
    ValidityCourt__factory,
  ].flatMap(({ abi }) => abi.filter(({ type }) => type === "error")),
);

/** Turns whatever a call or a transaction threw into an error that names the contract's reason and a remedy. */
export function explain(thrown: unknown): ChainError {
  if (thrown instanceof ChainError) return thrown;
  const data = carriedData(thrown);
  const parsed = data === undefined ? null : parse(data);
  if (parsed !== null) {
    const remedy = remedies[parsed.name];
    const message = `${describe(parsed)}${remedy === undefined ? "" : `: ${remedy}`}`;
    return new ChainError(parsed.name, message, { cause: thrown });
  }
  if (isCallException(thrown)) {
    return new ChainError("Reverted", thrown.reason ?? thrown.shortMessage, { cause: thrown });
  }
  // Hardhat's node says it in words that ethers does not know.
  if (
    isError(thrown, "INSUFFICIENT_FUNDS") ||
    (isError(thrown, "UNKNOWN_ERROR") && thrown.message.includes("enough funds"))
  ) {
    return new ChainError("InsufficientFunds", "the account has too little of the chain's coin to pay for gas", {
      cause: thrown,
    });
  }
  if (isError(thrown, "BAD_DATA")) {
    const message = "there is no such contract at the address: check that the deployment file is of this chain";
    return new ChainError("NoContract", message, { cause: thrown });
  }
  if (unreachable.has(codeOf(thrown))) {
    return new ChainError("Unreachable", "the RPC endpoint does not answer: check its address and that it runs", {
      cause: thrown,
    });
  }
  const said = isError(thrown, "UNKNOWN_ERROR") ? wordsOf(Reflect.get(thrown, "error")) : undefined;
  if (said !== undefined) {
    return new ChainError("Unknown", `the RPC endpoint refuses, in its words: ${said}`, { cause: thrown });
  }
  return new ChainError("Unknown", thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
}

/** What a contract reverted with; null where it is none of Surety's errors, or not whole. */
function parse(data: string): ErrorDescription | null {
  try {
    const parsed = errors.parseError(data);
    // Values that are none of their type are found when they are looked at.
    parsed?.args.toArray();
    return parsed;
  } catch {
    return null;
  }
}

/** A contract's error with its values; one that it passes on from another contract as that one's. */
function describe({ name, fragment, args }: ErrorDescription): string {
  const values = fragment.inputs.map((input, index) => {
    const value = String(args[index]);
    const inner = input.type === "bytes" ? parse(value) : null;
    return `${input.name} ${inner === null ? value : describe(inner)}`;
  });
  return values.length > 0 ? `${name} (${values.join(", ")})` : name;
}

/** What a JSON-RPC error says, of all that ethers wraps around it. */
function wordsOf(error: unknown): string | undefined {
  const message: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "message") : undefined;
  return typeof message === "string" ? message : undefined;
}

/** What ethers and Node say where nobody answers. */
const unreachable = new Set(["NETWORK_ERROR", "TIMEOUT", "SERVER_ERROR", "ECONNREFUSED", "ECONNRESET", "ENOTFOUND"]);

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
}

/** The data that a contract reverted with: wallets, Hardhat's node and ethers each put it somewhere else. */
function carriedData(thrown: unknown): string | undefined {
  if (typeof thrown !== "object" || thrown === null) return undefined;
  return revertDataIn(["data", "error", "info"].map((name) => Reflect.get(thrown, name) as unknown));
}

function revertDataIn(place: unknown): string | undefined {
  if (typeof place === "string") return /^0x[0-9a-f]{8,}$/.test(place) ? place : undefined;
  if (typeof place !== "object" || place === null) return undefined;
  for (const [key, value] of Object.entries(place)) {
    if (key === "payload") continue;
    const found = revertDataIn(value);
    if (found !== undefined) return found;
  }
  return undefined;
}
