import type { Context } from "mocha";
import { type Curve, nobleCurve } from "../../src/core/curve.ts";
import { loadNativeCurve } from "../../src/native/curve.ts";

/** The curves by name; libsecp256k1 only where this platform has a build of it. */
export const curves: Readonly<Record<"@noble/curves" | "libsecp256k1", Curve | undefined>> = {
  "@noble/curves": nobleCurve,
  libsecp256k1: loadNative(),
};

/** The curve, or the end of the test, which then says why. */
export function orLeaveOut(curve: Curve | undefined, test: Context): Curve {
  if (curve !== undefined) return curve;
  console.log("      left out: libsecp256k1, since the package secp256k1 has no build for this platform");
  return test.skip();
}

function loadNative(): Curve | undefined {
  try {
    return loadNativeCurve();
  } catch {
    return undefined;
  }
}
