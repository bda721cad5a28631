import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Hex } from "../core/bytes.ts";
import { RecordError } from "../core/records.ts";
import { type Entry, parseEntry, type RecordStore, serialiseEntry } from "./store.ts";

/** Keeps entries in a folder on disk, a JSON file each: whole or not at all, whenever the process is killed. */
export class FolderStore implements RecordStore {
  readonly #folder: string;

  /** @param folder is made where it is not there */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async put(order: Hex, entry: Entry): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const path = this.#path(order);
    const draft = `${path}.draft`;
    const file = await open(draft, "w");
    try {
      await file.writeFile(serialiseEntry(entry));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  }

  async remove(order: Hex): Promise<void> {
    await rm(this.#path(order), { force: true });
  }

  async entries(): Promise<readonly Entry[]> {
    await mkdir(this.#folder, { recursive: true });
    const names = (await readdir(this.#folder)).filter((name) => /^0x[0-9a-f]{64}\.json$/.test(name));
    return Promise.all(names.map(async (name) => this.#read(join(this.#folder, name))));
  }

  async #read(path: string): Promise<Entry> {
    try {
      return parseEntry(await readFile(path, "utf8"));
    } catch (cause) {
      if (!(cause instanceof RecordError)) throw cause;
      const remedy = "restore the file from a backup, or move it away: units that it owns can then be demanded";
      throw new RecordError(`${path} is no record of this version: ${cause.message}`, { cause, remedy });
    }
  }

  #path(order: Hex): string {
    return join(this.#folder, `${order}.json`);
  }
}
