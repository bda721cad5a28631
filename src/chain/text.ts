/**
 * Reads a string that somebody put on the chain, where it can be any bytes: ethers throws when it is looked at and is no
 * UTF-8.
 * @returns the empty string where it is no text
 */
export function textOf(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
