import { type SubmitEvent, useState } from "react";
import { chooseRpc, rpcAddress } from "../data/config.ts";
import { useLoaded } from "../data/loaded.ts";

/** Says where the chain is read, and lets the reader choose a place that it trusts. */
export function RpcChoice() {
  const loaded = useLoaded("rpc", rpcAddress);
  const [text, setText] = useState<string>();
  if (loaded.status !== "ready") return null;
  const choose = (event: SubmitEvent): void => {
    event.preventDefault();
    if (text === undefined) return;
    chooseRpc(text.trim());
    location.reload();
  };
  return (
    <details className="rpc">
      <summary>The chain is read from {new URL(loaded.value).host}</summary>
      <form onSubmit={choose}>
        <label htmlFor="rpc">An RPC address that you trust (empty: this page&apos;s own)</label>
        <input id="rpc" type="url" value={text ?? loaded.value} onChange={(event) => setText(event.target.value)} />
        <button type="submit">Read from there</button>
      </form>
    </details>
  );
}
