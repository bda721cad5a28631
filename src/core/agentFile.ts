/**
 * The registration file of an ERC-8004 agent, to which its `agentURI` leads: who it is, where it is reached, and why it
 * can be trusted. Source: ERC-8004, "Agent URI and Agent Registration File", in the text of January 2026.
 */
import { z } from "zod";
import type { Hex } from "./bytes.ts";
import { SuretyError } from "./errors.ts";

/** What a registration file says of its own form. */
export const AGENT_FILE_TYPE = "https://eips.ethereum.org/EIPS/eip-8004#registration-v1";

const text = z.string().min(1);

const agentFileSchema = z.looseObject({
  type: z.literal(AGENT_FILE_TYPE),
  name: text,
  description: text,
  image: z.url().optional(),
  services: z.array(z.looseObject({ name: text, endpoint: text, version: text.optional() })),
  x402Support: z.boolean().optional(),
  active: z.boolean().optional(),
  registrations: z.array(
    z.strictObject({
      agentId: z.int().min(0),
      agentRegistry: z
        .string()
        .regex(/^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}:\S+$/, "{namespace}:{chain id}:{registry} expected"),
    }),
  ),
  supportedTrust: z.array(text).optional(),
});

/** A registration file. Fields that the ERC does not name stay as they are. */
export type AgentFile = z.infer<typeof agentFileSchema>;

/** Of what a registration file of an operator is made. */
export interface AgentProfile {
  readonly name: string;
  /** In plain words: what it does, how, and for how much. */
  readonly description: string;
  /** The address of a picture. */
  readonly image?: string;
  /** Where the operator's node is reached. */
  readonly endpoint: string;
  /** Whether the node sells answers by x402 too. */
  readonly sellsByX402: boolean;
  readonly chainId: bigint;
  /** The registry of agents, and the operator's number there; left out where it is not registered yet. */
  readonly registration?: { readonly identity: Hex; readonly agentId: bigint };
  /** Where anyone checks what the operator is worth. */
  readonly surety: {
    readonly operator: Hex;
    readonly bonds: Hex;
    readonly ledger: Hex;
    readonly escrow: Hex;
    readonly credit: Hex;
    /** The client of the registry of feedback that writes the operator's facts there. */
    readonly publisher?: Hex;
  };
}

/** A registration file that is none. */
export class AgentFileError extends SuretyError {
  override readonly name = "AgentFileError";
}

/**
 * The registration file of an operator, with its node's endpoints and the contracts that answer for it.
 * @throws AgentFileError where a field is empty or is no address, or the agent's number is beyond what JSON holds
 */
export function makeAgentFile(profile: AgentProfile): AgentFile {
  const { name, description, image, endpoint, sellsByX402, chainId, registration, surety } = profile;
  const chain = `eip155:${chainId}`;
  const contracts = Object.entries(surety).map(([role, address]) => [role, `${chain}:${address}`] as const);
  return checked({
    type: AGENT_FILE_TYPE,
    name,
    description,
    ...(image !== undefined && { image }),
    services: [
      { name: "OpenAI", endpoint: `${endpoint}/v1`, version: "v1" },
      ...(sellsByX402 ? [{ name: "x402", endpoint: `${endpoint}/v1/chat/completions`, version: "2" }] : []),
      { name: "Surety", endpoint: `${endpoint}/v1/offer`, version: "1" },
    ],
    x402Support: sellsByX402,
    active: true,
    registrations:
      registration === undefined
        ? []
        : [{ agentId: Number(registration.agentId), agentRegistry: `${chain}:${registration.identity}` }],
    supportedTrust: ["reputation", "crypto-economic"],
    surety: Object.fromEntries(contracts),
  });
}

/** Reads a registration file. @throws AgentFileError naming the places that are wrong */
export function parseAgentFile(json: string): AgentFile {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new AgentFileError("the registration file is not JSON", { cause });
  }
  return checked(value);
}

function checked(value: unknown): AgentFile {
  const result = agentFileSchema.safeParse(value);
  if (result.success) return result.data;
  throw new AgentFileError(`not a registration file of ERC-8004: ${z.prettifyError(result.error)}`);
}
