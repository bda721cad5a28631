// Which file may know which, as far as it is not the linter's matter (eslint.config.js holds the layers): no circles, and
// no file that nothing needs. Imports of types count, since a reader follows them too.

/** Where programs begin: what these do not reach is not in use, whatever tests it. */
const beginnings = [
  "^src/(index|node|contracts|core/index|cli/main)\\.ts$",
  // Each simulation is a process of its own.
  "^src/sim/worker\\.ts$",
  "^app/main\\.tsx$",
  // Ponder runs all that lies in its src/.
  "^indexer/(start|ponder\\.\\w+)\\.ts$|^indexer/src/",
  "^(scripts|bench)/[\\w-]+\\.(ts|mjs)$|^scripts/test/(mocha|solidity)\\.ts$",
];

/** What tests start as programs of their own. */
const programsOfTests = ["^test/support/(node|watch|sabotage|withoutPeers)\\.ts$", "^test/vectors/make\\.ts$"];

export default {
  forbidden: [
    {
      name: "no-circles",
      comment: "Two files that need each other are one, or need a third below them.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-unused-files",
      comment: "No program reaches this file: use it, or remove it with its test.",
      severity: "error",
      from: { path: beginnings },
      to: {
        path: "^(src|app|indexer|deploy|scripts|bench)/",
        pathNot: [...beginnings, "\\.d\\.ts$"],
        reachable: false,
      },
    },
    {
      name: "no-unused-helpers",
      comment: "No test reaches this file: use it, or remove it.",
      severity: "error",
      from: { path: ["^test/.*\\.test\\.ts$", ...programsOfTests] },
      to: { path: "^test/", pathNot: ["\\.test\\.ts$", ...programsOfTests], reachable: false },
    },
  ],
  options: {
    doNotFollow: { path: "^(node_modules|typechain-types)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
