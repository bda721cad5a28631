import type { Command } from "commander";
import type { Shell } from "../io.ts";
import { addBonding } from "./operator/bonding.ts";
import { addIdentity } from "./operator/identity.ts";
import { addNode } from "./operator/node.ts";
import { addStatus } from "./operator/status.ts";

/** Adds `surety operator` with all that an operator types. */
export function addOperator(program: Command, io: Shell): void {
  const operator = program
    .command("operator")
    .description("what an operator does: register, bond, serve, settle, leave");
  addIdentity(operator, io);
  addBonding(operator, io);
  addStatus(operator, io);
  addNode(operator, io);
}
