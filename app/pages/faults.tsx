import { useLoaded } from "../data/loaded.ts";
import { faults } from "../data/operators.ts";
import { FaultTable } from "../parts/faultTable.tsx";
import { Page } from "../parts/page.tsx";
import { Shown } from "../parts/state.tsx";

/** What courts punished. */
export default function FaultsPage() {
  const loaded = useLoaded("faults", faults);
  return (
    <Page
      title="Faults"
      intro="What courts on the chain have punished, from evidence that anybody may bring, and what it cost."
    >
      <Shown of={loaded}>{(all) => <FaultTable faults={all} none="No court has found a fault yet." />}</Shown>
    </Page>
  );
}
