/** The platform that tests make quotes on. */
export * from "../../src/sim/tdxPlatform.ts";
export * from "../../src/sim/tdxCertificates.ts";
