import { Link } from "wouter";
import type { Hex } from "../../src/core/bytes.ts";
import { short } from "../format.ts";

/** A hash or an address, shortened; whole where one points at it. @param to the page that is about it */
export function Hash({ value, to }: { readonly value: Hex; readonly to?: string }) {
  const code = <code title={value}>{short(value)}</code>;
  return to === undefined ? code : <Link href={to}>{code}</Link>;
}

/** An operator's address, leading to its page. */
export function Operator({ address }: { readonly address: Hex }) {
  return <Hash value={address} to={`/operator/${address}`} />;
}
