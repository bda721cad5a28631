/** Contracts in lines that a reviewer reads in a diff: sizes, storage, interface. Every line stands for itself. */
import { Interface } from "ethers";
import type { Compiled, StorageLayout, Variable } from "./compiled.ts";

/** The most bytes that a contract's code may have on the chain (EIP-170), and what creates it (EIP-3860). */
const LIMITS = { runtime: 24_576, creation: 49_152 };

/**
 * What a contract stays below its limits, in bytes. A fault that is found after deployment is mended in a successor, and
 * that must not begin with taking the contract apart: the missing checks have to fit, and what a newer compiler adds.
 */
const MARGIN = 2_048;

/** The contract in lines. */
export function describe({ source, name, size, storage, abi }: Compiled): string {
  const head = [
    `${name} in ${source}`,
    `size      ${size.runtime} bytes of code`,
    `size      ${size.creation} bytes to create it`,
  ];
  const sections = [head, describeStorage(storage), ...describeInterface(new Interface(abi))];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

/** What is too large of a contract, in a sentence each. */
export function findOversize({ name, size }: Compiled): readonly string[] {
  return (["runtime", "creation"] as const)
    .filter((part) => size[part] > LIMITS[part] - MARGIN)
    .map((part) => {
      const what = part === "runtime" ? "bytes of code (EIP-170)" : "bytes to create it (EIP-3860)";
      const least = LIMITS[part] - MARGIN;
      return `${name} has ${size[part]} ${what}: at most ${LIMITS[part]}, less ${MARGIN} in reserve, are ${least}`;
    });
}

/** The lines of one text that the other lacks, each with its sign; empty where both are the same. */
export function compare(committed: string, present: string): readonly string[] {
  const [before, after] = [linesOf(committed), linesOf(present)];
  return [
    ...[...before].filter((line) => !after.has(line)).map((line) => `- ${line}`),
    ...[...after].filter((line) => !before.has(line)).map((line) => `+ ${line}`),
  ];
}

function linesOf(text: string): ReadonlySet<string> {
  return new Set(text.split("\n").filter((line) => line !== ""));
}

/** Slot, bytes within it from the lowest, type, name. Structs follow, with slots from their own beginning. */
function describeStorage({ storage, types }: StorageLayout): readonly string[] {
  const typeOf = (id: string): { readonly label: string; readonly numberOfBytes: string } =>
    types?.[id] ?? { label: id, numberOfBytes: "0" };
  const place = ({ slot, offset, type, label }: Variable): string => {
    const last = offset + Number(typeOf(type).numberOfBytes) - 1;
    return `slot ${slot} bytes ${offset} to ${last}: ${typeOf(type).label} ${label}`;
  };
  const structs = Object.values(types ?? {})
    .flatMap(({ label, members = [] }) => members.map((member) => `${label}  ${place(member)}`))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return [...storage.map((variable) => `storage   ${place(variable)}`), ...structs];
}

/** Functions, events and errors, each kind by name. */
function describeInterface(abi: Interface): readonly (readonly string[])[] {
  const functions: string[] = [];
  const events: string[] = [];
  const errors: string[] = [];
  const creation: string[] = [];
  abi.forEachFunction((it) => functions.push(`function  ${it.selector} ${bare(it.format("full"))}`));
  abi.forEachEvent((it) => events.push(`event     ${it.topicHash} ${bare(it.format("full"))}`));
  abi.forEachError((it) => errors.push(`error     ${it.selector} ${bare(it.format("full"))}`));
  if (abi.deploy.inputs.length > 0) creation.push(abi.deploy.format("full"));
  const byName = (a: string, b: string): number => nameOf(a).localeCompare(nameOf(b), "en");
  return [creation, functions.sort(byName), events.sort(byName), errors.sort(byName)];
}

const bare = (signature: string): string => signature.replace(/^(function|event|error) /, "");
const nameOf = (line: string): string => line.split(/\s+/).slice(2).join(" ");
