import { type ChangeEvent, type DragEvent, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { config } from "../data/config.ts";
import { readBundle, trace } from "../data/chain.ts";
import { type Loaded, useLoaded } from "../data/loaded.ts";
import type { Bundle } from "../../src/core/records.ts";
import { verifyBundle } from "../../src/core/verify.ts";
import { Page } from "../parts/page.tsx";
import { RpcChoice } from "../parts/rpcChoice.tsx";
import { Shown } from "../parts/state.tsx";
import { type Checked, Story } from "../parts/story.tsx";

interface Outcome {
  readonly name: string;
  readonly bundle: Bundle;
  readonly checked: Checked;
  /** Why the chain's side is unchecked, where it is. */
  readonly unread: string | undefined;
}

/** The greatest file that is looked at, in bytes: a bundle with a whole model has less. */
const MOST = 32 * 1024 * 1024;

/** Checks a bundle that is dropped here, chosen, or named by the page's address. Nothing of it leaves the browser. */
export default function VerifyPage() {
  const [search] = useSearchParams();
  const named = search.get("bundle");
  const shared = useLoaded(`bundle ${named ?? ""}`, async () => (named === null ? undefined : checkUrl(named)));
  const served = useLoaded("bundles", async () => (await config()).bundles);
  const [dropped, setDropped] = useState<Loaded<Outcome>>();
  const take = (file: File | undefined): void => {
    if (file === undefined) return;
    setDropped({ status: "loading" });
    checkFile(file).then(
      (value) => setDropped({ status: "ready", value }),
      (error: unknown) => setDropped({ status: "failed", error: error as Error }),
    );
  };
  const outcome: Loaded<Outcome | undefined> = dropped ?? shared;
  return (
    <Page
      title="Verify"
      intro="A bundle is a file with all that a stranger needs to check one answer of an AI. It is checked here, in your browser, against the chain; nothing of it is sent anywhere."
    >
      <DropZone take={take} />
      <Shown of={outcome}>{(value) => (value === undefined ? null : <OutcomeView of={value} />)}</Shown>
      <Shown of={served}>
        {(bundles) =>
          bundles.length === 0 ? null : (
            <>
              <h2>Bundles of this run</h2>
              <ul className="columns">
                {bundles.map(({ name, url }) => (
                  <li key={url}>
                    <Link href={`/verify?bundle=${encodeURIComponent(url)}`} onClick={() => setDropped(undefined)}>
                      {name}
                    </Link>
                  </li>
                ))}
              </ul>
            </>
          )
        }
      </Shown>
      <RpcChoice />
    </Page>
  );
}

function DropZone({ take }: { readonly take: (file: File | undefined) => void }) {
  const [isOver, setIsOver] = useState(false);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setIsOver(false);
    take(event.dataTransfer.files[0]);
  };
  return (
    <div
      className={isOver ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={drop}
    >
      <label htmlFor="bundle">Drop a bundle here, or choose its file</label>
      <input
        id="bundle"
        type="file"
        accept="application/json,.json"
        onChange={(event: ChangeEvent<HTMLInputElement>) => take(event.target.files?.[0])}
      />
    </div>
  );
}

function OutcomeView({ of: { name, bundle, checked, unread } }: { readonly of: Outcome }) {
  return (
    <section aria-label="Outcome">
      <p className="file">{name}</p>
      {unread === undefined ? null : (
        <p role="alert" className="failure">
          <strong>The chain could not be read,</strong> so that what lies there is not checked. {unread}
        </p>
      )}
      <Story bundle={bundle} checked={checked} />
    </section>
  );
}

async function checkFile(file: File): Promise<Outcome> {
  if (file.size > MOST) throw new RangeError(`${file.name} is too large for a bundle`);
  return check(file.name, await file.text());
}

async function checkUrl(url: string): Promise<Outcome> {
  const response = await fetch(url);
  if (!response.ok) throw new TypeError(`there is no bundle at ${url}`);
  return check(url, await response.text());
}

async function check(name: string, text: string): Promise<Outcome> {
  const bundle = readBundle(text);
  try {
    return { name, bundle, checked: await trace(bundle), unread: undefined };
  } catch (cause) {
    // What the file says of itself can be checked without the chain.
    const unread = cause instanceof Error ? cause.message : String(cause);
    return { name, bundle, checked: { links: verifyBundle(bundle) }, unread };
  }
}
