// Compiles the contracts and writes typechain-types in an order that depends on nothing but the contracts' names:
// Hardhat's own is that of the file system and of what happened to be compiled, and would change from build to build.
import hre from "hardhat";

hre.hooks.registerHandlers("solidity", {
  // Runs after TypeChain's handler.
  async processArtifactsAfterSuccessfulBuild(_context, paths, roots, options) {
    const sorted = paths.toSorted();
    if (paths.every((path, index) => path === sorted[index])) return;
    await hre.hooks.runSequentialHandlers("solidity", "processArtifactsAfterSuccessfulBuild", [sorted, roots, options]);
  },
});

try {
  await hre.tasks.getTask("build").run({ noTests: true });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
