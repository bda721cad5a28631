/** A record's story, chapter by chapter, with each link and whether it holds. */
import { Link as To } from "wouter";
import type { Trace } from "../../src/chain/trace.ts";
import type { Hex } from "../../src/core/bytes.ts";
import type { Bundle } from "../../src/core/records.ts";
import type { Link } from "../../src/core/verify.ts";
import { wordsFor } from "../words.ts";
import { Hash, Operator } from "./hash.tsx";

/** What is known of a record: its story where the chain was read, its links alone where it was not. */
export type Checked = Trace | { readonly links: readonly Link[] };

const marks = { holds: "✓", fails: "✗", unchecked: "–" } as const;
const states = { holds: "holds", fails: "fails", unchecked: "not checked" } as const;

export function Story({ checked, bundle }: { readonly checked: Checked; readonly bundle: Bundle }) {
  const chapters =
    "chapters" in checked ? checked.chapters : [{ title: "Links", sentences: [], links: checked.links } as const];
  const links = chapters.flatMap((chapter) => chapter.links);
  const { receipt } = bundle.record;
  return (
    <article className="story">
      <Verdict links={links} />
      <p>
        From <Operator address={receipt.operator} />, asked by{" "}
        <Hash value={receipt.client} to={`/agents/${receipt.client}?operator=${receipt.operator}`} />.{" "}
        <To href={`/agents/${receipt.client}`}>What else this agent did</To>
      </p>
      {chapters.map(({ title, sentences, links: own }) => (
        <section key={title} aria-label={title} className={own.some(isBroken) ? "chapter broken" : "chapter"}>
          <h2>{title}</h2>
          {sentences.map((sentence, index) => (
            <p key={index}>{linked(sentence, receipt.operator)}</p>
          ))}
          <ul className="links">
            {own.map((link) => (
              <LinkRow key={link.name} link={link} />
            ))}
          </ul>
        </section>
      ))}
    </article>
  );
}

/** What it comes to: which links fail, in words, before all else. */
function Verdict({ links }: { readonly links: readonly Link[] }) {
  const broken = links.filter(isBroken);
  const open = links.filter(({ status }) => status === "unchecked");
  const holding = links.length - broken.length - open.length;
  if (broken.length > 0) {
    return (
      <div className="verdict bad" role="status">
        <h2>
          It does not hold: {broken.length} of {links.length} links {broken.length === 1 ? "fails" : "fail"}
        </h2>
        <ul>
          {broken.map(({ name, detail }) => (
            <li key={name}>
              <strong>{wordsFor(name).name}:</strong> {wordsFor(name).broken} <span className="why">({detail})</span>
            </li>
          ))}
        </ul>
      </div>
    );
  }
  return (
    <div className={`verdict ${open.length === 0 ? "good" : "part"}`} role="status">
      <h2>
        {open.length === 0
          ? `Every link holds: ${holding} of ${links.length}, checked in this browser`
          : `What could be checked holds: ${holding} of ${links.length} links, checked in this browser`}
      </h2>
      {open.length === 0 ? null : <p>Open: {open.map(({ name }) => wordsFor(name).name).join(", ")}.</p>}
    </div>
  );
}

function LinkRow({ link: { name, status, detail } }: { readonly link: Link }) {
  return (
    <li className={`link ${status}`} data-link={name} data-status={status}>
      <span className="mark" aria-hidden="true">
        {marks[status]}
      </span>
      <span>
        <strong>{wordsFor(name).name}</strong> <span className="state">{states[status]}</span>
        {status === "fails" ? `: ${wordsFor(name).broken}` : null}
        <span className="why"> {detail}</span>
      </span>
    </li>
  );
}

function isBroken({ status }: Link): boolean {
  return status === "fails";
}

/** A sentence in which the receipts that it follows from can be followed. They are said to be the same operator's first. */
function linked(sentence: string, operator: Hex) {
  const found = /^It follows from receipt (0x[0-9a-f]{64})\.$/.exec(sentence);
  if (found?.[1] === undefined) return sentence;
  return (
    <>
      It follows from receipt <Hash value={found[1] as Hex} to={`/receipt/${operator}/${found[1]}`} />.
    </>
  );
}
