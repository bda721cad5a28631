/** What governance proposes: calls of contracts that answer to the authority, and those that wait to be executed. */
import type { FunctionFragment, Interface, ParamType } from "ethers";
import {
  AccessManager__factory,
  CourtPolicies__factory,
  CreditHistory__factory,
  FeeEscrow__factory,
  OperatorBonds__factory,
  SnarkVerifiers__factory,
} from "../../typechain-types/index.ts";
import type { Hex } from "../core/bytes.ts";
import { SuretyError } from "../core/errors.ts";
import { happenedTo, type View } from "./check/view.ts";
import type { Deployment } from "./deployment.ts";
import { lower } from "./history.ts";
import { query } from "./transactions.ts";

/** The contracts that answer to the authority. */
export const TARGETS = ["bonds", "escrow", "credit", "policies", "snarkVerifiers"] as const;

/** The same and the authority itself, by what can be called of them. */
export const governed = {
  authority: AccessManager__factory.createInterface(),
  bonds: OperatorBonds__factory.createInterface(),
  escrow: FeeEscrow__factory.createInterface(),
  credit: CreditHistory__factory.createInterface(),
  policies: CourtPolicies__factory.createInterface(),
  snarkVerifiers: SnarkVerifiers__factory.createInterface(),
} as const satisfies Record<(typeof TARGETS)[number] | "authority", Interface>;

/** A call that is none of a contract that governance has a say in. */
export class ProposalError extends SuretyError {
  override readonly name = "ProposalError";
}

/** A call as the authority takes it. */
export interface Call {
  readonly to: Hex;
  readonly data: string;
}

/** A call that waits to be executed, or can be. */
export interface Scheduled extends Call {
  readonly id: string;
  /** Who scheduled it, and executes it. */
  readonly caller: Hex;
  /** From when on it can be executed, in seconds. */
  readonly from: bigint;
}

/**
 * Writes a call down as the authority takes it.
 * @param name the contract's name in the deployment, a point, and the function's, as `escrow.setProtocolFee`
 * @param values its arguments: numbers, addresses or names of the deployment's contracts; anything else as JSON
 * @throws ProposalError where there is no such function, or it takes other arguments
 */
export function writeCall({ contracts }: Deployment, name: string, values: readonly string[]): Call {
  const [part = "", method = ""] = name.split(".");
  const face: Interface | undefined = Object.hasOwn(governed, part)
    ? governed[part as keyof typeof governed]
    : undefined;
  const fragment = face && changesOf(face).find((one) => one.name === method);
  if (face === undefined || fragment === undefined) {
    const parts = Object.keys(governed).join(", ");
    throw new ProposalError(`there is no function ${name}: name one of ${parts}, a point, and its function`);
  }
  const signature = `${part}.${fragment.name}(${fragment.inputs.map(({ type, name: of }) => `${type} ${of}`).join(", ")})`;
  if (values.length !== fragment.inputs.length) {
    throw new ProposalError(`${values.length} arguments for ${signature}: give one for each`);
  }
  try {
    const read = fragment.inputs.map((input, index) => readValue(input, values[index] ?? "", contracts));
    return { to: contracts[part as keyof typeof governed], data: face.encodeFunctionData(fragment, read) };
  } catch (cause) {
    throw new ProposalError(`not the arguments of ${signature}: ${cause instanceof Error ? cause.message : ""}`, {
      cause,
    });
  }
}

/** A call in words: the contract's name, the function's and its arguments. */
export function describeCall({ contracts }: Deployment, { to, data }: Call): string {
  const part = (Object.keys(governed) as (keyof typeof governed)[]).find((one) => contracts[one] === to);
  const face: Interface | undefined = part && governed[part];
  const parsed = face?.parseTransaction({ data });
  if (!parsed) return `a call of ${to} with ${data}`;
  return `${part}.${parsed.name}(${parsed.args.toArray(true).map(String).join(", ")})`;
}

/** What was scheduled, is neither executed nor cancelled, and has not lapsed. @throws ChainError */
export async function scheduledCalls(view: View): Promise<readonly Scheduled[]> {
  const { authority } = view.contracts;
  const told = happenedTo(view, "authority", "OperationScheduled");
  const last = new Map(told.map(({ args }) => [args.getValue("operationId") as string, args]));
  const found = await query(async () =>
    Promise.all(
      [...last].map(async ([id, args]) => {
        const from = await authority.getSchedule(id);
        const to = lower(args.getValue("target") as string);
        const caller = lower(args.getValue("caller") as string);
        return from === 0n ? [] : [{ id, to, caller, from, data: args.getValue("data") as string }];
      }),
    ),
  );
  return found.flat();
}

/** The functions of a contract that change something. */
export function changesOf(face: Interface): readonly FunctionFragment[] {
  const found: FunctionFragment[] = [];
  face.forEachFunction((fragment) => {
    if (!fragment.constant) found.push(fragment);
  });
  return found;
}

function readValue({ baseType }: ParamType, text: string, contracts: Deployment["contracts"]): unknown {
  if (baseType === "address") {
    return Object.hasOwn(contracts, text) ? contracts[text as keyof typeof contracts] : text;
  }
  return /^(bool|array|tuple)$/.test(baseType) ? (JSON.parse(text) as unknown) : text;
}
