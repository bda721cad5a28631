/** The scenarios that come with Surety, and those that people write. */
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseScenario, type Scenario, ScenarioError } from "./scenario.ts";

const folder = resolve(import.meta.dirname, "scenarios");
const EXTENSION = ".json";

/** The names of the scenarios that come with Surety. */
export function scenarioNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => file.slice(0, -EXTENSION.length))
    .sort();
}

/** Reads a scenario by its name, or from a file. @throws ScenarioError */
export function loadScenario(nameOrFile: string): Scenario {
  const names = scenarioNames();
  const file = names.includes(nameOrFile) ? resolve(folder, `${nameOrFile}${EXTENSION}`) : nameOrFile;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new ScenarioError(`there is no file ${file}, and no scenario of that name: there are ${names.join(", ")}`);
  }
  return parseScenario(text, file);
}
