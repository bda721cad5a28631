/** What the compiler said of the contracts in the last build. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonFragment } from "ethers";

/** NatSpec of one function, event or error, keyed by its signature. */
type Docs<T> = Readonly<Record<string, T | undefined>>;

interface Notice {
  readonly notice?: string;
}

interface Details {
  readonly details?: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly returns?: Readonly<Record<string, string>>;
}

/** What is written for users. An error has a list, since two contracts may declare the same one. */
interface UserDoc extends Notice {
  readonly methods?: Docs<Notice>;
  readonly events?: Docs<Notice>;
  readonly errors?: Docs<readonly Notice[]>;
}

/** What is written for developers. State variables are keyed by name. */
interface DevDoc extends Details {
  readonly title?: string;
  readonly methods?: Docs<Details>;
  readonly events?: Docs<Details>;
  readonly errors?: Docs<readonly Details[]>;
  readonly stateVariables?: Docs<Details>;
}

/** A variable in storage, or a member of a struct there; `slot` is relative to the struct. */
export interface Variable {
  readonly contract: string;
  readonly label: string;
  /** The first of its bytes within the slot, from the lowest. */
  readonly offset: number;
  readonly slot: string;
  readonly type: string;
}

/** Where state variables lie, and what their types look like. */
export interface StorageLayout {
  readonly storage: readonly Variable[];
  readonly types: Readonly<
    Record<string, { readonly label: string; readonly numberOfBytes: string; readonly members?: readonly Variable[] }>
  > | null;
}

/** A declaration in the compiler's syntax tree, with what this project reads of it. */
export interface Declaration {
  readonly nodeType: string;
  readonly name?: string;
  readonly canonicalName?: string;
  readonly contractKind?: "contract" | "interface" | "library";
  readonly abstract?: boolean;
  readonly baseContracts?: readonly { readonly baseName: { readonly name: string } }[];
  readonly documentation?: { readonly text: string };
  readonly members?: readonly { readonly name: string; readonly typeDescriptions?: { readonly typeString: string } }[];
  readonly nodes?: readonly Declaration[];
}

/** A contract, interface or library of this project as it was compiled. */
export interface Compiled {
  readonly name: string;
  /** Its file, from the root of the checkout. */
  readonly source: string;
  readonly kind: "contract" | "abstract contract" | "interface" | "library";
  /** The contracts and interfaces that it names as its own. */
  readonly bases: readonly string[];
  readonly abi: readonly JsonFragment[];
  /** The length of its code on the chain and of what creates it, in bytes. */
  readonly size: { readonly runtime: number; readonly creation: number };
  readonly storage: StorageLayout;
  readonly forUsers: UserDoc;
  readonly forDevelopers: DevDoc;
  /** What its file declares. */
  readonly file: readonly Declaration[];
}

interface Artifact {
  readonly contractName: string;
  readonly sourceName: string;
  readonly inputSourceName: string;
  readonly buildInfoId: string;
}

interface Output {
  readonly contracts: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly abi: readonly JsonFragment[];
            readonly storageLayout: StorageLayout;
            readonly userdoc: UserDoc;
            readonly devdoc: DevDoc;
            readonly evm: Readonly<Record<"bytecode" | "deployedBytecode", { readonly object: string }>>;
          }
        >
      >
    >
  >;
  readonly sources: Readonly<Record<string, { readonly ast: { readonly nodes: readonly Declaration[] } }>>;
}

/** The last build lacks what it should have written. */
class BuildMissingError extends Error {
  override readonly name = "BuildMissingError";
}

/**
 * Every contract of `contracts/` in the last build, in the order of their files' names.
 * @param artifacts the folder that Hardhat writes to
 * @throws BuildMissingError where a build does not know what it wrote
 */
export function readCompiled(artifacts: string): readonly Compiled[] {
  const outputs = new Map<string, Output>();
  const outputOf = (id: string): Output => {
    const path = join(artifacts, `build-info/${id}.output.json`);
    const output = outputs.get(id) ?? (readJson(path) as { readonly output: Output }).output;
    outputs.set(id, output);
    return output;
  };
  const paths = globSync("contracts/**/*.json", { cwd: artifacts }).sort();
  return paths.map((path) => {
    const artifact = readJson(join(artifacts, path)) as Artifact;
    return compiledOf(artifact, outputOf(artifact.buildInfoId));
  });
}

function compiledOf(artifact: Artifact, output: Output): Compiled {
  const { contractName: name, sourceName: source, inputSourceName } = artifact;
  const contract = output.contracts[inputSourceName]?.[name];
  const file = output.sources[inputSourceName]?.ast.nodes ?? [];
  const node = file.find((it) => it.nodeType === "ContractDefinition" && it.name === name);
  if (contract === undefined || node?.contractKind === undefined)
    throw new BuildMissingError(`the build of ${source} does not know ${name}: remove artifacts/ and build again`);
  return {
    name,
    source,
    kind: node.abstract === true && node.contractKind === "contract" ? "abstract contract" : node.contractKind,
    bases: (node.baseContracts ?? []).map(({ baseName }) => baseName.name),
    abi: contract.abi,
    size: {
      runtime: contract.evm.deployedBytecode.object.length / 2,
      creation: contract.evm.bytecode.object.length / 2,
    },
    storage: contract.storageLayout,
    forUsers: contract.userdoc,
    forDevelopers: contract.devdoc,
    file,
  };
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}
