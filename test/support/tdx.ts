/** The platform that tests make quotes on. */
export * from "../../src/demo/tdx/platform.ts";
export * from "../../src/demo/tdx/certificates.ts";
