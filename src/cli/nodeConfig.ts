/** What a node's file says: which models it serves, for how much, where, and how often it does what. */
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { SuretyError } from "../core/errors.ts";
import type { Hex } from "../core/bytes.ts";
import { Mode } from "../core/typedData.ts";
import { DEFAULT_LIMITS } from "../operator/limiter.ts";
import type { Tariff } from "../operator/pricing.ts";
import { readText } from "./files.ts";
import { toUnits, type Unit } from "./parse.ts";

/** A node's file that is not one, or asks for what cannot be. */
export class ConfigError extends SuretyError {
  override readonly name = "ConfigError";
}

const amount = z.string().regex(/^\d+(\.\d+)?$/, 'an amount in the token\'s units as text, as "0.02", expected');
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "an address expected")
  .transform((text) => text.toLowerCase() as Hex);
const hash = z.custom<Hex>(
  (value) => typeof value === "string" && /^0x[0-9a-f]{64}$/.test(value),
  "32 bytes in lower-case hexadecimal expected",
);
const web = z
  .string()
  .regex(/^https?:\/\/./, "an http or https address expected")
  .transform((text) => text.replace(/\/+$/, ""));
const seconds = z.int().min(1);
const modes = z.enum(["signed", "enclave", "snark", "optimistic"]);
const tariff = z.strictObject({ base: amount, inputRate: amount, outputRate: amount });

const configSchema = z.strictObject({
  /** Whose node it is; the account's that commits and settles where left out. */
  operator: address.optional(),
  /** Where clients reach it; as registered where left out. */
  endpoint: web.optional(),
  host: z.string().default("127.0.0.1"),
  port: z.int().min(0).max(65_535).default(8_600),
  /** Whether a proxy of yours stands before it. */
  isProxied: z.boolean().default(false),
  /** Its memory. What it holds must never be lost. */
  journal: z.string().default("journal.sqlite"),
  tariff,
  /** Tariffs of modes that have one of their own. */
  tariffs: z.partialRecord(modes, tariff).default({}),
  models: z
    .array(
      z
        .strictObject({
          file: z.string(),
          publisher: address.optional(),
          modes: z.array(modes).min(1).default(["optimistic"]),
          /** Proofs made beforehand, which are served where there is nothing to prove with. */
          proofs: z.string().optional(),
        })
        .refine(({ proofs, modes }) => proofs === undefined || modes.includes("snark"), {
          message: "proofs go with the snark mode: name it in modes",
        }),
    )
    .default([]),
  upstreams: z
    .array(
      z
        .strictObject({
          url: web,
          /** Why its answers are to be believed: the bond alone, or an enclave that holds it and the node's key. */
          mode: z.enum(["signed", "enclave"]).default("signed"),
          /** The variable of the environment that holds the server's key. */
          keyVariable: z.string().optional(),
          models: z
            .array(z.strictObject({ name: z.string(), publisher: address.optional(), commitment: hash.optional() }))
            .min(1),
          maxOutputUnits: z.int().min(1).optional(),
        })
        .refine(({ mode, url }) => mode !== "enclave" || isLoopback(url), {
          message:
            "a server of the enclave mode is measured with the node, on the same machine: name it by a loopback address",
        }),
    )
    .default([]),
  settlement: z
    .strictObject({ period: seconds.default(3_600), unitsPerCoin: amount.default("0") })
    .default({ period: 3_600, unitsPerCoin: "0" }),
  intervals: z
    .strictObject({ commit: seconds.default(600), settle: seconds.default(3_600), answer: seconds.default(300) })
    .default({ commit: 600, settle: 3_600, answer: 300 }),
  countsDelegatedCover: z.boolean().default(false),
  limits: z
    .strictObject({
      rate: z.number().positive().default(DEFAULT_LIMITS.rate),
      burst: seconds.default(DEFAULT_LIMITS.burst),
      concurrent: seconds.default(DEFAULT_LIMITS.concurrent),
      total: seconds.default(DEFAULT_LIMITS.total),
    })
    .default(DEFAULT_LIMITS),
  logLevel: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info"),
});

/** A node's file, read. Paths in it count from its folder. */
export type NodeConfig = z.infer<typeof configSchema> & { readonly folder: string };

/** Reads a node's file. @throws FileError where it cannot be read, ConfigError where it is none */
export function readNodeConfig(file: string): NodeConfig {
  const text = readText(file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(`${file} is not JSON: see the example in docs/cli.md`, { cause });
  }
  const result = configSchema.safeParse(value);
  if (!result.success) throw new ConfigError(`${file}: ${z.prettifyError(result.error)}`);
  if (result.data.models.length + result.data.upstreams.length === 0) {
    throw new ConfigError(`${file} names nothing to serve: give it models, or upstreams`);
  }
  return { ...result.data, folder: dirname(resolve(file)) };
}

/** A tariff in the token's smallest unit. @throws UsageError where the token has no such fraction */
export function tariffOf({ base, inputRate, outputRate }: z.infer<typeof tariff>, unit: Unit): Tariff {
  return { base: toUnits(base, unit), inputRate: toUnits(inputRate, unit), outputRate: toUnits(outputRate, unit) };
}

/** The tariffs of modes that have one of their own. @throws UsageError where the token has no such fraction */
export function tariffsOf({ tariffs }: NodeConfig, unit: Unit): Readonly<Partial<Record<Mode, Tariff>>> {
  const entries = Object.entries(tariffs).map(([name, one]) => [Mode[name as keyof typeof Mode], tariffOf(one, unit)]);
  return Object.fromEntries(entries) as Partial<Record<Mode, Tariff>>;
}

/** Whether an address leads to this very machine. */
function isLoopback(url: string): boolean {
  const hostname = URL.parse(url)?.hostname ?? "";
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}
