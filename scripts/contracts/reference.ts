/** The reference of the contracts in Markdown: a page for each folder of contracts/, from interfaces and NatSpec. */
import { dirname } from "node:path";
import type { JsonFragment, JsonFragmentType } from "ethers";
import { remedies } from "../../src/chain/remedies.ts";
import type { Compiled, Declaration } from "./compiled.ts";
import { oneLine, type Part, partsOf, splitComment, type Words, wordsOf } from "./natspec.ts";

/** A page of the reference: its file's name, and what it says. */
export interface Page {
  readonly file: string;
  readonly text: string;
}

/** From a page to the root of the checkout. */
const ROOT = "../../..";

/** A page for each folder, and one that lists them. */
export function writeContractPages(all: readonly Compiled[]): readonly Page[] {
  const types = new Map(all.flatMap(({ file }) => typesIn(file)));
  const folders = [...Map.groupBy(all.filter(isOwn), folderOf)].map(([folder, contracts]) => ({
    folder,
    shown: contracts.filter((contract) => isShown(contract, all)),
    libraries: contracts.filter(({ kind }) => kind === "library"),
  }));
  const pages = folders.map(({ folder, shown, libraries }) => ({
    file: `${folder}.md`,
    text: lines(
      `# ${folder}`,
      "Written by `npm run reference` from the contracts' NatSpec.",
      ...shown.map((contract) => writeContract(contract, types)),
      ...(libraries.length > 0 ? ["## Libraries", "What the contracts are compiled with.", writeList(libraries)] : []),
    ),
  }));
  const index = folders.map(({ folder, shown, libraries }) => {
    const names = [...shown, ...libraries].map(({ name }) => name);
    return [`[${folder}](${folder}.md)`, names.join(", ")];
  });
  const head =
    "Every function, event and error, by domain. How large the code is and where storage lies, is in " +
    `[snapshots/](${ROOT}/snapshots). In TypeScript all of them are typed in \`surety/contracts\`.`;
  const first = { file: "README.md", text: lines("# Contracts", head, table(["domain", "contracts"], index)) };
  return [first, ...pages].map(({ file, text }) => ({ file, text: `${text}\n` }));
}

/** Generated verifiers are documented by what generates them. */
function isOwn({ source }: Compiled): boolean {
  return !source.includes("/generated/");
}

/** Whether somebody calls it by itself: it is deployed, or it is an interface that no contract here has made its own. */
function isShown({ name, kind }: Compiled, all: readonly Compiled[]): boolean {
  return kind === "contract" || (kind === "interface" && !all.some(({ bases }) => bases.includes(name)));
}

function folderOf({ source }: Compiled): string {
  return dirname(source).replace(/^contracts\/?/, "") || "shared";
}

function writeContract(contract: Compiled, types: ReadonlyMap<string, Declaration>): string {
  const { name, source, abi, forUsers, forDevelopers } = contract;
  const functions = partsOf(contract, "function");
  const events = partsOf(contract, "event");
  const errors = partsOf(contract, "error");
  const creation = abi.find(({ type }) => type === "constructor");
  const used = [...namedTypes(abi, types)].sort(([a], [b]) => a.localeCompare(b, "en"));
  return lines(
    `## ${name}`,
    `[${source}](${ROOT}/${source})`,
    ...[forUsers.notice, forDevelopers.details].filter((text) => text !== undefined).map(oneLine),
    ...(creation === undefined ? [] : [solidity(`constructor(${parameters(creation.inputs)})`)]),
    ...section(
      "Functions",
      functions.map((part) => writeFunction(contract, part)),
    ),
    ...section(
      "Types",
      used.map(([of, type]) => writeType(of, type)),
    ),
    ...section("Events", writeEvents(contract, events)),
    ...section("Errors", writeErrors(contract, errors)),
  );
}

function writeFunction(contract: Compiled, part: Part): string {
  const { inputs, outputs = [], stateMutability } = part.fragment;
  const { sentences, params, returns } = wordsOf(contract, part);
  const ability = stateMutability === "nonpayable" ? "" : ` ${stateMutability ?? ""}`;
  const result = outputs.length === 0 ? "" : ` returns (${parameters(outputs)})`;
  const named = [...params.map(itemOf), ...returns.map((entry) => `- returns ${itemOf(entry).slice(2)}`)];
  return lines(
    `#### ${part.name}`,
    solidity(`function ${part.name}(${parameters(inputs)}) external${ability}${result}`),
    ...sentences,
    ...(named.length === 0 ? [] : [named.join("\n")]),
    `Selector: \`${part.id}\``,
  );
}

/** What a log says, and by which topic it is known. */
function writeEvents(contract: Compiled, events: readonly Part[]): readonly string[] {
  const rows = events.map((event) => [code(event), meaning(contract, event), `\`${event.id}\``]);
  return rows.length === 0 ? [] : [table(["event", "meaning", "topic begins with"], rows)];
}

/** What a revert says, and what to do about it, as the toolkit tells its users. */
function writeErrors(contract: Compiled, errors: readonly Part[]): readonly string[] {
  const rows = errors.map((error) => [
    code(error),
    meaning(contract, error),
    remedies[error.name] ?? "",
    `\`${error.id}\``,
  ]);
  return rows.length === 0 ? [] : [table(["error", "meaning", "what to do", "selector"], rows)];
}

const code = ({ name, fragment }: Part): string => `\`${name}(${parameters(fragment.inputs)})\``;

function meaning(contract: Compiled, part: Part): string {
  const { sentences, params } = wordsOf(contract, part);
  return [...sentences, ...params.map(([name, text]) => `\`${name}\` ${text}`)].join(" ");
}

function writeType(canonicalName: string, { name = "", members = [], documentation, nodeType }: Declaration): string {
  const { sentences, params } = splitComment(documentation?.text ?? "");
  const isEnum = nodeType === "EnumDefinition";
  const body = members.map((member) =>
    isEnum ? `  ${member.name},` : `  ${bare(member.typeDescriptions?.typeString ?? "")} ${member.name};`,
  );
  return lines(
    `#### ${canonicalName}`,
    solidity(`${isEnum ? "enum" : "struct"} ${name} {\n${body.join("\n")}\n}`),
    ...sentences,
    ...(params.length === 0 ? [] : [params.map(itemOf).join("\n")]),
  );
}

function writeList(contracts: readonly Compiled[]): string {
  return contracts
    .map(({ name, source, forUsers }) => `- [${name}](${ROOT}/${source}): ${oneLine(forUsers.notice ?? "")}`)
    .join("\n");
}

/** The structs and enums of a file, by the names that an ABI calls them. */
function typesIn(file: readonly Declaration[]): readonly (readonly [string, Declaration])[] {
  return file
    .flatMap((node) => [node, ...(node.nodes ?? [])])
    .filter(({ nodeType }) => nodeType === "StructDefinition" || nodeType === "EnumDefinition")
    .map((type) => [type.canonicalName ?? "", type]);
}

/** The types that an interface names, and those that these are made of. */
function namedTypes(
  abi: readonly JsonFragment[],
  types: ReadonlyMap<string, Declaration>,
): ReadonlyMap<string, Declaration> {
  const found = new Map<string, Declaration>();
  const look = ({ internalType = "", components = [] }: JsonFragmentType): void => {
    const name = bare(internalType).replaceAll(/\[\d*\]/g, "");
    const type = types.get(name);
    if (type !== undefined) found.set(name, type);
    components.forEach(look);
  };
  for (const { inputs = [], outputs = [] } of abi) [...inputs, ...outputs].forEach(look);
  return found;
}

function parameters(list: readonly JsonFragmentType[] = []): string {
  return list
    .map(({ name = "", type = "", internalType = type, indexed }) =>
      [bare(internalType), indexed === true ? "indexed" : "", name].filter((word) => word !== "").join(" "),
    )
    .join(", ");
}

/** A type as Solidity writes it: the compiler says of each what kind it is, too. */
function bare(type: string): string {
  return type.replaceAll(/\b(struct|enum|contract) /g, "");
}

function itemOf([name, text]: Words["params"][number]): string {
  return name === "" ? `- ${text}` : `- \`${name}\` ${text}`;
}

function section(title: string, texts: readonly string[]): readonly string[] {
  return texts.length === 0 ? [] : [`### ${title}`, ...texts];
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [row(heads), row(heads.map(() => "---")), ...rows.map(row)].join("\n");
}

const solidity = (code: string): string => `\`\`\`solidity\n${code}\n\`\`\``;
const lines = (...blocks: readonly string[]): string => blocks.join("\n\n");
