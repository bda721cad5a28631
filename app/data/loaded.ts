import { useEffect, useState } from "react";

/** Something that is fetched: not there yet, there, or why not. */
export type Loaded<T> =
  | { readonly status: "loading" }
  | { readonly status: "ready"; readonly value: T }
  | { readonly status: "failed"; readonly error: Error };

/** Fetches something, and again whenever `key`, which says what is fetched, changes. */
export function useLoaded<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ readonly key: string; readonly loaded: Loaded<T> }>();
  useEffect(() => {
    let isWanted = true;
    const tell = (loaded: Loaded<T>): void => {
      if (isWanted) setState({ key, loaded });
    };
    load().then(
      (value) => tell({ status: "ready", value }),
      (cause: unknown) => tell({ status: "failed", error: cause instanceof Error ? cause : new Error(String(cause)) }),
    );
    return () => {
      isWanted = false;
    };
    // What is fetched is told by the key alone.
  }, [key]);
  return state?.key === key ? state.loaded : { status: "loading" };
}
