const FIRST = 30n;

/** How long to wait before the next try, in seconds: twice as long each time, up to a bound. */
export function backoff(tries: number, most: bigint): bigint {
  const wait = FIRST << BigInt(Math.min(tries, 32));
  return wait < most ? wait : most;
}
