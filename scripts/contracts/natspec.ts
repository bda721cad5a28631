/** What NatSpec says of a contract's parts, found by what they are called on the chain. */
import { ErrorFragment, EventFragment, FunctionFragment, type JsonFragment } from "ethers";
import type { Compiled } from "./compiled.ts";

/** A function, event or error of a contract's interface. */
export interface Part {
  readonly kind: "function" | "event" | "error";
  readonly name: string;
  /** Name and types, as NatSpec is keyed. */
  readonly signature: string;
  /** By which a call, a log or a revert is known: a selector, or a topic's first bytes. */
  readonly id: string;
  readonly fragment: JsonFragment;
}

/** What is said of a part, tag by tag, each on one line. */
export interface Words {
  readonly sentences: readonly string[];
  readonly params: readonly (readonly [name: string, text: string])[];
  readonly returns: readonly (readonly [name: string, text: string])[];
}

/** The parts of a contract of one kind, by name. */
export function partsOf({ abi }: Compiled, kind: Part["kind"]): readonly Part[] {
  return abi
    .filter(({ type }) => type === kind)
    .map((fragment) => ({ kind, name: fragment.name ?? "", fragment, ...identify(kind, fragment) }))
    .sort((a, b) => a.name.localeCompare(b.name, "en"));
}

function identify(kind: Part["kind"], fragment: JsonFragment): Pick<Part, "signature" | "id"> {
  if (kind === "event") {
    const event = EventFragment.from(fragment);
    return { signature: event.format("sighash"), id: event.topicHash.slice(0, 10) };
  }
  const callable = kind === "function" ? FunctionFragment.from(fragment) : ErrorFragment.from(fragment);
  return { signature: callable.format("sighash"), id: callable.selector };
}

/** What is said of a part. A state variable's getter is documented under its name alone. */
export function wordsOf({ forUsers, forDevelopers }: Compiled, { kind, signature, name }: Part): Words {
  // Contracts may declare the same error, each with words of its own: the first are the contract's.
  const user =
    kind === "error"
      ? forUsers.errors?.[signature]?.[0]
      : forUsers[`${kind === "event" ? "event" : "method"}s`]?.[signature];
  const developer =
    kind === "error"
      ? forDevelopers.errors?.[signature]?.[0]
      : (forDevelopers[`${kind === "event" ? "event" : "method"}s`]?.[signature] ??
        forDevelopers.stateVariables?.[name]);
  return {
    sentences: [user?.notice, developer?.details].filter((text) => text !== undefined).map(oneLine),
    params: entriesOf(developer?.params),
    returns: entriesOf(developer?.returns),
  };
}

function entriesOf(words: Readonly<Record<string, string>> = {}): Words["params"] {
  // A value that is returned without a name is `_0`.
  return Object.entries(words).map(([name, text]) => [/^_\d+$/.test(name) ? "" : name, oneLine(text)]);
}

/** The tags of a comment that the compiler hands on as it stands: that of a struct or an enum. */
export function splitComment(comment: string): Pick<Words, "sentences" | "params"> {
  const tags = oneLine(comment)
    .split(/(?:^| )@(?=(?:notice|dev|param) )/)
    .filter((tag) => tag !== "")
    .map((tag) => /^(?:(notice|dev|param) )?(.*)$/.exec(tag) ?? []);
  return {
    sentences: tags.flatMap(([, tag, text = ""]) => (tag === "param" ? [] : [text])),
    params: tags.flatMap(([, tag, text = ""]) => {
      const [, names = "", meaning = ""] = /^(\w+(?:, \w+)*) (.*)$/.exec(text) ?? [];
      return tag === "param" ? [[names, meaning] as const] : [];
    }),
  };
}

/** Text on one line. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
