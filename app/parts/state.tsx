import type { ReactNode } from "react";
import type { Loaded } from "../data/loaded.ts";

/** Shows what is there, that it is on its way, or why it is not there. */
export function Shown<T>({ of, children }: { readonly of: Loaded<T>; readonly children: (value: T) => ReactNode }) {
  switch (of.status) {
    case "loading":
      return <p role="status">Loading …</p>;
    case "failed":
      return (
        <p role="alert" className="failure">
          <strong>This could not be read.</strong> {of.error.message}
        </p>
      );
    case "ready":
      return <>{children(of.value)}</>;
  }
}
