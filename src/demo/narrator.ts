/** Tells what the main job is doing, while it does it. */
export interface Narrator {
  /** A new chapter. */
  chapter(title: string): void;
  /** A fact of the chapter. */
  say(line: string): void;
  /** How far a long part is. */
  progress(done: number, of: number): void;
}

/** Says nothing: for pipes. */
export const silent: Narrator = { chapter: () => undefined, say: () => undefined, progress: () => undefined };

/** Writes to a stream; on a terminal, progress runs on one line. */
export function narrateTo(stream: NodeJS.WriteStream): Narrator {
  let isLineOpen = false;
  const line = (text: string): void => {
    stream.write(`${isLineOpen ? "\r\u001b[K" : ""}${text}\n`);
    isLineOpen = false;
  };
  return {
    chapter: (title) => line(`\n${title}`),
    say: (text) => line(`  ${text}`),
    progress: (done, of) => {
      if (!stream.isTTY) return;
      const filled = Math.round((done / of) * 30);
      stream.write(`\r\u001b[K  ${"█".repeat(filled)}${"·".repeat(30 - filled)} ${done}/${of}`);
      isLineOpen = true;
    },
  };
}
