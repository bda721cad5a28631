import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { toHex } from "../../src/core/bytes.ts";
import { loadSrs, SrsMissingError, usualSources } from "../../src/snark/srs.ts";

describe("the SRS", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "surety-srs-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  /** A folder with so many points, whose bytes are their number. */
  function folderOf(points: number): string {
    const path = join(folder, String(points));
    mkdirSync(path);
    writeFileSync(join(path, "bn254_g1.dat"), new Uint8Array(64 * points).fill(points));
    return path;
  }

  it("is read from the first folder that has enough points, as many as are asked for", async () => {
    const folders = [join(folder, "missing"), folderOf(2), folderOf(4)];
    expect(toHex(await loadSrs(2, { folders, mayFetch: false }))).to.equal(`0x${"02".repeat(128)}`);
    expect(toHex(await loadSrs(3, { folders, mayFetch: false }))).to.equal(`0x${"04".repeat(192)}`);
  });

  it("is missing by a name of its own, which says where it was looked for and what to do", async () => {
    const path = folderOf(2);
    const error: unknown = await loadSrs(3, { folders: [path], mayFetch: false }).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(SrsMissingError);
    expect(String(error)).to.include(`3 points in ${path}`).and.include("set CRS_PATH");
  });

  it("is looked for first where CRS_PATH says", () => {
    const { folders } = usualSources(undefined);
    expect(usualSources("somewhere").folders).to.deep.equal(["somewhere", ...folders]);
    expect(folders.map((path) => path.split("/").at(-1))).to.deep.equal(["srs", ".bb-crs"]);
  });
});
