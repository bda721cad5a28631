// Proves what proofs/*.sol state about the contracts' arithmetic, for every number: solc's model checker asks, z3 answers.
// Each external function there is a property: `@notice` says it, its assertions are it. A property is proven when z3 has
// refuted every way to break one of its assertions, or an operation on the way to them, and when the same function with
// a false assertion in their place is found false: so no property holds because its conditions contradict each other.
// Anything else, such as a solver that gives up, is a failure. `npm run prove -- slash dust` proves those whose file, name
// or words contain one of these. The last line is `N proven, N failed`.
//
// The engine is bounded model checking, which here bounds nothing: loops take few turns and are unrolled whole, and
// induction over calls is spelt out in the harnesses. It demands of a division's remainder what it should even on paths
// that do not divide, which can make such a path impossible; hence the false assertion. The other engine, CHC, finds no
// proof about products within minutes, and takes a struct for unchanged that a called function has changed.
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve, sep } from "node:path";
import solc from "solc";

const root = resolve(import.meta.dirname, "..");
const packages = join(root, "node_modules");

/** How long z3 may think about one question. The hardest takes a few seconds. */
const QUESTION_SECONDS = 120;

/** More than any loop takes: what comes after a longer one could not be reached, and a false assertion there would tell. */
const LOOP_TURNS = 8;

/** What the model checker looks at: assertions, and arithmetic that would revert and so hide what comes after it. */
const TARGETS = ["assert", "underflow", "overflow", "divByZero"];

interface Range {
  readonly start: number;
  readonly end: number;
}

/** An external function of a harness. Ranges are in its source, in bytes: the sources are ASCII. */
interface Property extends Range {
  readonly contract: string;
  readonly name: string;
  readonly words: string;
  readonly assertions: readonly Range[];
}

interface Harness {
  readonly path: string;
  readonly source: string;
  readonly properties: readonly Property[];
}

interface Node {
  readonly nodeType?: string;
  readonly name?: string;
  readonly src?: string;
  readonly visibility?: string;
  readonly documentation?: { readonly text?: string };
  readonly expression?: Node;
}

interface Message {
  readonly severity: "error" | "warning" | "info";
  readonly errorCode?: string;
  readonly message: string;
  readonly sourceLocation?: Range & { readonly file: string };
}

interface Output {
  readonly errors?: readonly Message[];
  readonly sources?: Readonly<Record<string, { readonly ast?: Node }>>;
}

/** What the model checker said: which checks are safe, and everything else. */
interface Verdict {
  readonly safe: readonly Message[];
  readonly unsafe: readonly Message[];
}

/**
 * Messages about the pinned compiler's engine as such; about names; and about assembly, which the engine takes for
 * something that may do anything: so a true property can look false, and no false one true.
 */
const isBeside = ({ message }: Message): boolean =>
  /^(?:The BMC engine of the SMTChecker is deprecated|This declaration shadows|Inline assembly may)/.test(message);
/** Messages about what the engine can make nothing of. */
const isAboutLimits = ({ message }: Message): boolean => message.startsWith("Assertion checker does not yet");
const isSafe = ({ message }: Message): boolean => message.startsWith("BMC: ") && message.endsWith("check is safe!");
const isViolation = ({ message }: Message): boolean => message.startsWith("BMC: Assertion violation happens here.");

function compile(path: string, source: string, settings: object, ask?: (query: string) => string): Output {
  const input = { language: "Solidity", sources: { [path]: { content: source } }, settings };
  const callbacks = {
    import: (name: string) => ({ contents: readFileSync(join(name.startsWith("@") ? packages : root, name), "utf8") }),
    smtSolver: (query: string) => ({ contents: ask?.(query) ?? "unknown" }),
  };
  const output = JSON.parse(
    (solc.compile as (...args: unknown[]) => string)(JSON.stringify(input), callbacks),
  ) as Output;
  const error = output.errors?.find(({ severity }) => severity === "error");
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  return output;
}

/** All nodes of a syntax tree. */
function* nodesOf(node: unknown): Generator<Node> {
  if (typeof node !== "object" || node === null) return;
  if ("nodeType" in node) yield node as Node;
  for (const child of Object.values(node)) yield* nodesOf(child);
}

/** What a harness imports itself. */
function importsOf(source: string): string[] {
  return [...source.matchAll(/ from "\.\.\/(?<path>[^"]+)";/g)].map(({ groups }) => groups?.["path"] ?? "");
}

function rangeOf({ src = "" }: Node): Range {
  const [start = NaN, length = NaN] = src.split(":").map(Number);
  return { start, end: start + length };
}

function isWithin(inner: Range, outer: Range): boolean {
  return inner.start >= outer.start && inner.end <= outer.end;
}

function readHarness(path: string): Harness {
  const source = readFileSync(join(root, path), "utf8");
  const { sources } = compile(path, source, { outputSelection: { "*": { "": ["ast"] } } });
  const nodes = [...nodesOf(sources?.[path]?.ast)];
  const contract = nodes.find(({ nodeType }) => nodeType === "ContractDefinition")?.name ?? "";
  const assertions = nodes
    .filter(({ nodeType, expression }) => nodeType === "FunctionCall" && expression?.name === "assert")
    .map(rangeOf);
  const properties = nodes
    .filter(({ nodeType, visibility }) => nodeType === "FunctionDefinition" && visibility === "external")
    .map((node) => {
      const range = rangeOf(node);
      const words = (node.documentation?.text ?? "").replace(/^@notice /, "");
      const own = assertions.filter((assertion) => isWithin(assertion, range));
      return { ...range, contract, name: node.name ?? "", words, assertions: own };
    });
  const claimed = properties.reduce((sum, property) => sum + property.assertions.length, 0);
  if (claimed !== assertions.length) throw new Error(`${path}: an assertion is outside of the properties`);
  return { path, source, properties };
}

/** How solc writes an integer expression's bits, and with them a cast to fewer bits, shifts, and an or. */
const bitsOf = (name: string): string =>
  String.raw`\(ite \(>= (?<${name}>\w+) 0\) \(\(_ int2bv (?<${name}Size>\d+)\) \k<${name}>\) ` +
  String.raw`\(bvneg \(\(_ int2bv \k<${name}Size>\) \(- \k<${name}>\)\)\)\)`;
const casts = new RegExp(String.raw`\(bv2nat ${bitsOf("value")}\)`, "g");
const operations = new RegExp(
  String.raw`\(bv2nat \((?<operation>bvshl|bvlshr|bvor) ${bitsOf("left")} ${bitsOf("right")}\)\)`,
  "g",
);
/** By how many bits the contracts shift. */
const SHIFTS = [30, 96, 208];
/** How it writes what a quotient is: any number that has a remainder. */
const quotients = /\(= \(\+ \(\* (?<quotient>d_div_mod_\w+) (?<divisor>\w+)\) r_div_mod_\w+\) (?<dividend>\w+)\)/g;

/** Stands for operations that have no form in integers: any function, so that nothing false follows from it. */
const OTHERWISE = "(declare-fun |otherwise| (Int Int) Int)";

/**
 * An operation on bits as one on integers: a known shift that loses nothing, or an or of what such a shift set apart. The
 * contracts shift nothing that can be negative.
 */
function operationInIntegers(operation: string, left: string, right: string, size: number): string {
  const isBelow = (value: string, bits: number): string => `(< ${value} ${2n ** BigInt(bits)})`;
  const otherwise = `(|otherwise| ${left} ${right})`;
  if (operation === "bvor") {
    const apart = SHIFTS.map((shift) => `(and (= (mod ${left} ${2n ** BigInt(shift)}) 0) ${isBelow(right, shift)})`);
    return `(ite (and ${isBelow(left, size)} (or ${apart.join(" ")})) (+ ${left} ${right}) ${otherwise})`;
  }
  return SHIFTS.reduce((rest, shift) => {
    const [operator, bits] = operation === "bvshl" ? ["*", size - shift] : ["div", size];
    const shifted = `(${operator} ${left} ${2n ** BigInt(shift)})`;
    return `(ite (= ${right} ${shift}) (ite ${isBelow(left, bits)} ${shifted} ${otherwise}) ${rest})`;
  }, otherwise);
}

/**
 * The same question without a detour over bit vectors, on which z3 loses its way: a cast to n bits is, for every integer,
 * the remainder by 2^n; a shift is a product or a quotient, and an or of what does not overlap a sum. And said at once
 * what it would have to find out: that a quotient is one, so that equal dividends have equal quotients. (What a quotient
 * by zero is does not matter: solc does not look at it.)
 */
function inIntegers(question: string): string {
  return question
    .replace(casts, (_all, value: string, size: string) => `(mod ${value} ${2n ** BigInt(size)})`)
    .replace(operations, (_all, operation: string, left: string, size: string, right: string) =>
      operationInIntegers(operation, left, right, Number(size)),
    )
    .replace(
      quotients,
      (all, quotient: string, divisor: string, dividend: string) =>
        `(and ${all} (= ${quotient} (div ${dividend} ${divisor})))`,
    )
    .replace("(set-logic ALL)", `$&\n${OTHERWISE}`);
}

/** Asks z3 whether there is a way to break a target: "unsat" says that there is none. */
function askZ3(question: string, folder: string): string {
  const file = join(folder, "question.smt2");
  writeFileSync(file, inIntegers(question));
  return spawnSync("z3", ["-smt2", `-T:${QUESTION_SECONDS}`, file], { encoding: "utf8" }).stdout;
}

/** The source with something else instead of these ranges, as long as they are: everything else stays where it is. */
function replacing(source: string, ranges: readonly Range[], filler: string): string {
  return ranges.reduce(
    (text, { start, end }) => text.slice(0, start) + filler.padEnd(end - start) + text.slice(end),
    source,
  );
}

/** Lets the model checker look at a harness with one property in it. */
function check(path: string, source: string, contract: string, targets: readonly string[], folder: string): Verdict {
  const modelChecker = {
    engine: "bmc",
    bmcLoopIterations: LOOP_TURNS,
    solvers: ["smtlib2"],
    targets,
    contracts: { [path]: [contract] },
    showProvedSafe: true,
    showUnproved: true,
    showUnsupported: true,
  };
  const { errors = [] } = compile(path, source, { modelChecker }, (question) => askZ3(question, folder));
  // The engine reads everything that a library's own imports bring, though a property calls nothing of it.
  const own = [path, ...importsOf(source)];
  const isForeign = (message: Message): boolean =>
    isAboutLimits(message) && !own.includes(message.sourceLocation?.file ?? path);
  const messages = errors.filter((message) => !isBeside(message) && !isForeign(message));
  return { safe: messages.filter(isSafe), unsafe: messages.filter((message) => !isSafe(message)) };
}

/** Why a property is not proven, or undefined. */
function flawOf({ path, source, properties }: Harness, property: Property, folder: string): string | undefined {
  const { contract, assertions, end } = property;
  if (assertions.length === 0 || property.words === "") return "it asserts or says nothing";
  const others = properties.filter((other) => other !== property);
  const alone = replacing(source, others, "");
  const isAt = ({ sourceLocation: it }: Message, place: Range): boolean =>
    it?.file === path && it.start === place.start && it.end === place.end;
  const { safe, unsafe } = check(path, alone, contract, TARGETS, folder);
  if (unsafe[0] !== undefined) return unsafe[0].message.split("\n")[0];
  const isProven = (assertion: Range): boolean => safe.some((message) => isAt(message, assertion));
  if (!assertions.every(isProven)) return "the model checker passed over an assertion";

  // What follows from conditions that contradict each other is no proof.
  const falsehood = "assert(false)";
  const bare = replacing(alone, assertions, "true");
  const refutable = `${bare.slice(0, end - 1)}${falsehood};${bare.slice(end - 1)}`;
  const place = { start: end - 1, end: end - 1 + falsehood.length };
  const isRefuted = check(path, refutable, contract, ["assert"], folder).unsafe.some(
    (message) => isViolation(message) && isAt(message, place),
  );
  return isRefuted ? undefined : "a false assertion in its place is not found false";
}

function main(wanted: readonly string[]): number {
  if (spawnSync("z3", ["--version"]).status !== 0) {
    console.log("Skipped: z3 is missing; apt-get install z3, brew install z3, or z3 from its project's releases.");
    return 0;
  }
  const paths = globSync("proofs/*.sol", { cwd: root }).map((path) => path.split(sep).join("/"));
  const chosen = paths.sort().flatMap((path) => {
    const harness = readHarness(path);
    const isWanted = ({ name, words }: Property): boolean =>
      wanted.length === 0 || wanted.some((text) => `${path} ${name} ${words}`.includes(text));
    return harness.properties.filter(isWanted).map((property) => ({ harness, property }));
  });
  if (chosen.length === 0) {
    console.error(`UsageError: no property's file, name or words contain ${wanted.join(" or ")}.`);
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), "surety-prove-"));
  let failed = 0;
  try {
    for (const { harness, property } of chosen) {
      const since = performance.now();
      const flaw = flawOf(harness, property, folder);
      if (flaw !== undefined) failed++;
      const seconds = ((performance.now() - since) / 1000).toFixed(1).padStart(5);
      console.log(`${flaw === undefined ? "proven" : "FAILED"} ${seconds} s  ${property.contract}: ${property.words}`);
      if (flaw !== undefined) console.error(`  ${property.name}: ${flaw}`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  console.log(`${chosen.length - failed} proven, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

process.exitCode = main(process.argv.slice(2));
