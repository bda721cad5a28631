import tseslint from "typescript-eslint";

// Imports go down only; the folders of one row do not import each other.
const layers = [["demo"], ["cli"], ["sim"], ["client", "operator", "watcher"], ["chain", "snark", "native"], ["core"]];

function layerRules(row, folder) {
  const forbidden = [...layers.slice(0, row).flat(), ...layers[row].filter((other) => other !== folder)];
  const patterns = [];
  if (forbidden.length > 0) {
    const message = `src/${folder} may not import from here: imports go down only (CONTRIBUTING.md).`;
    patterns.push({ regex: `^\\.\\./(.*/)?(${forbidden.join("|")})/`, message });
  }
  if (folder === "core") {
    const message = "src/core runs in a browser: disk, network, clock and randomness are passed in from above.";
    patterns.push({ regex: "^(node:|fs$|path$|crypto$|hardhat)", message });
  }
  return { files: [`src/${folder}/**/*.ts`], rules: { "no-restricted-imports": ["error", { patterns }] } };
}

const pure = "src/core has no clock, randomness or environment of its own: take it as a parameter.";

export default tseslint.config(
  {
    ignores: [
      "artifacts/",
      "cache/",
      "coverage/",
      "dist/",
      "node_modules/",
      "records/",
      "typechain-types/",
      "deploy/deployments/",
      "indexer/ponder-env.d.ts",
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-unnecessary-condition": [
        "error",
        { allowConstantLoopConditions: "only-allowed-literals" },
      ],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { arguments: false } }],
      // An implementation of an asynchronous interface need not wait for anything.
      "@typescript-eslint/require-await": "off",
      // tsc's noPropertyAccessFromIndexSignature is not set, and both ways of writing are clear.
      "@typescript-eslint/dot-notation": "off",
      eqeqeq: "error",
      "no-param-reassign": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
    },
  },
  ...layers.flatMap((folders, row) => folders.map((folder) => layerRules(row, folder))),
  {
    files: ["app/**/*.ts", "app/**/*.tsx"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
          message: "what operators and agents write is text, and never HTML.",
        },
      ],
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: "^\\.\\./(.*/)?(src/(?!core/|chain/)|indexer/|scripts/|test/)|^node:",
              message: "app imports src/chain and src/core only, and runs in a browser (CONTRIBUTING.md).",
            },
          ],
        },
      ],
    },
  },
  {
    files: ["indexer/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: "^\\.\\./(.*/)?src/(?!core/|chain/|native/)|^\\.\\./(.*/)?(app|test|scripts|bench)/",
              message: "indexer may import src/chain, src/native and src/core only (CONTRIBUTING.md).",
            },
          ],
        },
      ],
    },
  },
  {
    files: ["src/core/**/*.ts"],
    rules: {
      "no-restricted-globals": ["error", ...["process", "Buffer", "fetch"].map((name) => ({ name, message: pure }))],
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now", message: pure },
        { object: "Math", property: "random", message: pure },
      ],
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      // chai's expect(x).to.be.true
      "@typescript-eslint/no-unused-expressions": "off",
    },
  },
);
