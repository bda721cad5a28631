/** What the README has people type. */

/** The title above it. */
const TITLE = "## Onto a testnet";

/** The commands of the README's way onto a testnet, as printed. @throws Error where it has none */
export function commandsIn(readme: string): readonly string[] {
  const [, section = ""] = readme.split(`\n${TITLE}\n`);
  const [, block] = /^```sh\n([^]*?)\n```$/m.exec(section.split("\n## ")[0] ?? "") ?? [];
  if (block === undefined) throw new Error(`README.md has no commands under "${TITLE}"`);
  return block.split("\n").filter((line) => !line.startsWith("#"));
}

/** Fills the places of a command that a reader fills, as `<operator>`. @throws Error where nothing has said what belongs there */
export function fill(command: string, known: Readonly<Record<string, string>>): string {
  return command.replaceAll(/<([a-z]+)>/g, (place, name: string) => {
    const value = known[name];
    if (value === undefined) throw new Error(`nothing that was typed before says what ${place} is: ${command}`);
    return value;
  });
}
