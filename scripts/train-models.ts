import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { serialise } from "../src/core/model/file.ts";
import { digitRecipes, trainDigits } from "../src/datasets/digit-models.ts";
import { irisRecipe, trainIris } from "../src/datasets/iris.ts";

const recipes = [
  ...digitRecipes.map((recipe) => ({ name: recipe.name, train: () => trainDigits(recipe) })),
  { name: irisRecipe.name, train: trainIris },
];

const USAGE = `Retrains the models of digits and flowers and writes models/*.json.

usage: tsx scripts/train-models.ts [--check]
  --check  write nothing; compare with the files bit for bit and exit 1 where one differs
`;

/** Reads the options; undefined where they are not understood. */
function readOptions(): { readonly check: boolean } | undefined {
  try {
    const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
    return values;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return undefined;
  }
}

/** What the file holds, or nothing where there is no such file. */
function readIfThere(file: URL): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Trains every model. Returns the exit code. */
function trainModels({ check }: { readonly check: boolean }): number {
  let differing = 0;
  for (const { name, train } of recipes) {
    const started = performance.now();
    const trained = train();
    const text = serialise(trained);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const file = new URL(`../models/${name}.json`, import.meta.url);
    const isSame = readIfThere(file) === text;
    if (!check) writeFileSync(file, text);
    if (check && !isSame) differing++;
    const verdict = isSame ? "same as before, bit for bit" : check ? "DIFFERS from the file" : "written";
    console.log(`${name}: ${verdict}; held out ${JSON.stringify(trained.training["heldOut"])}; ${seconds} s`);
  }
  return differing === 0 ? 0 : 1;
}

const options = readOptions();
if (options === undefined) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  process.exitCode = trainModels(options);
}
