// Loaded before a command: the packages that proving takes are not installed.
import { registerHooks } from "node:module";

registerHooks({
  resolve: (specifier, context, next) => {
    if (!/^@(aztec|noir-lang)\//.test(specifier)) return next(specifier, context);
    throw Object.assign(new Error(`Cannot find package '${specifier}'`), { code: "ERR_MODULE_NOT_FOUND" });
  },
});
