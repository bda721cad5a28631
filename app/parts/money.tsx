import { use } from "react";
import { config } from "../data/config.ts";
import { decimal, money } from "../format.ts";

/** An amount of the token, exact. @param amount in its smallest unit @param bare without the token's name */
export function Money({ amount, bare = false }: { readonly amount: bigint; readonly bare?: boolean }) {
  const { token } = use(config());
  return <span className="money">{bare ? decimal(amount, token.decimals) : money(amount, token)}</span>;
}
