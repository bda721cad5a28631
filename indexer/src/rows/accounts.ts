/** What a new account has. */
export const blankAccount = {
  balance: 0n,
  settled: 0n,
  settledAt: 0n,
  funded: 0n,
  refunded: 0n,
  thawing: 0n,
  thawMaturesAt: 0n,
};
