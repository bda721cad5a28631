import { useParams } from "wouter";
import { write } from "../../src/core/records.ts";
import { gather, trace } from "../data/chain.ts";
import { useLoaded } from "../data/loaded.ts";
import { lower, short } from "../format.ts";
import { Page } from "../parts/page.tsx";
import { RpcChoice } from "../parts/rpcChoice.tsx";
import { Shown } from "../parts/state.tsx";
import { Story } from "../parts/story.tsx";

/** A receipt's story from model to settlement. */
export default function ReceiptPage() {
  const params = useParams<{ operator: string; leaf: string }>();
  const [operator, leaf] = [lower(params.operator), lower(params.leaf)];
  const loaded = useLoaded(`receipt ${operator} ${leaf}`, async () => {
    const bundle = await gather(operator, leaf);
    return { bundle, checked: await trace(bundle) };
  });
  return (
    <Page title={`Receipt ${short(leaf)}`} intro={<code>{leaf}</code>}>
      <Shown of={loaded}>
        {({ bundle, checked }) => (
          <>
            <Story bundle={bundle} checked={checked} />
            <p>
              <a
                download={`${leaf}.json`}
                href={`data:application/json;charset=utf-8,${encodeURIComponent(write(bundle, 2))}`}
              >
                Keep the bundle
              </a>
              : a file with which anybody can check all of this again, here or with <code>surety verify</code>.
            </p>
          </>
        )}
      </Shown>
      <RpcChoice />
    </Page>
  );
}
