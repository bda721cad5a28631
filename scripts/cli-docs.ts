// Writes docs/cli.md: what every command of `surety` says of itself. A test holds the file to it.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { format, resolveConfig } from "prettier";
import { describeCommands } from "../src/cli/docs.ts";

const file = resolve(import.meta.dirname, "../docs/cli.md");
writeFileSync(file, await format(describeCommands(), { ...(await resolveConfig(file)), filepath: file }));
