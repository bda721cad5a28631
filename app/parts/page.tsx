import { type ReactNode, useEffect, useRef } from "react";

/** Whether a page was shown before: only then is its heading where a reader's place moves to. */
let isFirst = true;

/** A page with its heading, which is read out when one comes to it from another. */
export function Page({ title, intro, children }: { title: string; intro?: ReactNode; children?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = title === "Operators" ? "Surety" : `${title} · Surety`;
    if (!isFirst) heading.current?.focus();
    isFirst = false;
  }, [title]);
  return (
    <>
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {intro === undefined ? null : <p className="intro">{intro}</p>}
      {children}
    </>
  );
}
