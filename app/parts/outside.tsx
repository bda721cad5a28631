import { webAddress } from "../format.ts";

/** What somebody else wrote as an address: followed only where it is one of the web, and shown as the text that it is. */
export function Outside({ text }: { readonly text: string }) {
  const href = webAddress(text);
  if (text === "") return <>not said</>;
  if (href === undefined) return <q>{text}</q>;
  return (
    <a href={href} rel="noopener noreferrer nofollow" target="_blank">
      {text}
    </a>
  );
}
