import { useEffect } from "react";
import { useLoaded } from "../data/loaded.ts";
import { type ModelRow, models } from "../data/models.ts";
import { modesIn, short } from "../format.ts";
import { Facts } from "../parts/facts.tsx";
import { Hash, Operator } from "../parts/hash.tsx";
import { Outside } from "../parts/outside.tsx";
import { Page } from "../parts/page.tsx";
import { Shown } from "../parts/state.tsx";
import { When } from "../parts/when.tsx";

/** Models that were published, each at its own place on the page. */
export default function ModelsPage() {
  const loaded = useLoaded("models", models);
  useEffect(() => {
    // A link to a model leads to it once it is there.
    if (loaded.status === "ready") document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }, [loaded.status]);
  return (
    <Page
      title="Models"
      intro="A model is known by what it is made of: whoever serves another one under its name is found out."
    >
      <Shown of={loaded}>
        {(all) =>
          all.length === 0 ? <p>None is published yet.</p> : all.map((row) => <Model key={row.id} row={row} />)
        }
      </Shown>
    </Page>
  );
}

function Model({ row }: { readonly row: ModelRow }) {
  const { id, publisher, commitment, modes, metadataUri, publishedAt, servedBy, measurements } = row;
  return (
    <section id={id} aria-label={`Model ${short(id)}`} className="card">
      <h2>
        <Hash value={id} />
      </h2>
      <Facts
        of={[
          ["Modes", modesIn(modes).join(", ")],
          ["Publisher", <Hash key="publisher" value={publisher} />],
          ["Published", <When key="when" seconds={publishedAt} />],
          ["Commitment to its weights", <Hash key="commitment" value={commitment} />],
          ["Its publisher says more at", <Outside key="uri" text={metadataUri} />],
          ...(measurements.length === 0
            ? []
            : [
                [
                  "Enclaves may run",
                  measurements.map(({ measurement }) => <Hash key={measurement} value={measurement} />),
                ] as const,
              ]),
          [
            "Served by",
            servedBy.length === 0
              ? "nobody now"
              : servedBy.map(({ operator }, index) => (
                  <span key={operator}>
                    {index === 0 ? "" : ", "}
                    <Operator address={operator} />
                  </span>
                )),
          ],
        ]}
      />
    </section>
  );
}
