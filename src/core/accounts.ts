/** What names a client's account with an operator, as `contracts/settlement/Accounts.sol` does. */
import { concat, fromHex, type Hex, keccakHex } from "./bytes.ts";

/** Money of `payer` that `operator` earns by vouchers which `signer` signed. */
export interface AccountName {
  readonly payer: Hex;
  readonly operator: Hex;
  readonly signer: Hex;
}

/** What FeeEscrow's event `Settled` names an account by. @throws HexError where an address is none */
export function accountId(name: AccountName): Hex {
  return keccakHex(accountWords(name));
}

/** The three addresses, a word each. @throws HexError where an address is none */
export function accountWords({ payer, operator, signer }: AccountName): Uint8Array {
  return concat(...[payer, operator, signer].flatMap((address) => [new Uint8Array(12), fromHex(address, 20)]));
}
