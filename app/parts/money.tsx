import { use } from "react";
import { config } from "../data/config.ts";
import { decimal } from "../format.ts";

/** An amount of the token, exact. @param amount in its smallest unit @param bare without the token's name */
export function Money({ amount, bare = false }: { readonly amount: bigint; readonly bare?: boolean }) {
  const { symbol, decimals } = use(config()).token;
  const said = decimal(amount, decimals);
  return <span className="money">{bare ? said : `${said} ${symbol}`}</span>;
}
