/** For `expect(...).to.satisfy`: a number is near another. Chai's own `closeTo` is for whole numbers once Hardhat's matchers are there. */
export function near(expected: number, within: number): (found: number | undefined) => boolean {
  return (found) => found !== undefined && Math.abs(found - expected) <= within;
}
