#!/usr/bin/env node
// The command `surety`. Data goes to stdout, words to stderr; exit 0, 1 on failure, 2 on usage.
import { useNativeCurve } from "../native/curve.ts";
import { endQuietlyOnClosedPipe } from "./errors.ts";
import { runCli } from "./program.ts";
import { processIo } from "./terminal.ts";

useNativeCurve();
endQuietlyOnClosedPipe();
process.exitCode = await runCli(process.argv.slice(2), processIo());
