import type { Parameters } from "../src/chain/parameters.ts";
import { parameterFile, readParameters } from "./parameterFile.ts";

/** For local chains, with a token of six decimals: small money, so that a minute of work shows in an operator's credit. */
export const localParameters: Parameters = readParameters(parameterFile("local"), 6);

/** What networks are deployed with where nobody says otherwise, with a token of six decimals: docs/economics.md says why. */
export const defaultParameters: Parameters = readParameters(parameterFile("base-sepolia"), 6);
