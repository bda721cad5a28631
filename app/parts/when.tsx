import { dateOf, moment } from "../format.ts";

/** A time, in UTC. @param seconds since 1970 */
export function When({ seconds }: { readonly seconds: bigint }) {
  const said = moment(seconds);
  if (said.startsWith("second")) return <>{said}</>;
  return <time dateTime={dateOf(seconds).toISOString()}>{said}</time>;
}
