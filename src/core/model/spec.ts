import { type Architecture, checkArchitecture, ModelError } from "./model.ts";

/** Bytes of one vector's record: width as uint16 big-endian, shift as uint8. */
const RECORD_BYTES = 3;

/**
 * Writes a shape as the bytes that a model's id binds: one record of 3 bytes for every vector, input first. The
 * records of input and output have shift 0.
 * @throws ModelError where the shape is not allowed
 */
export function encodeSpec({ widths, shifts }: Architecture): Uint8Array {
  checkArchitecture({ widths, shifts });
  const bytes = new Uint8Array(widths.length * RECORD_BYTES);
  const view = new DataView(bytes.buffer);
  widths.forEach((width, index) => {
    view.setUint16(index * RECORD_BYTES, width);
  });
  shifts.forEach((shift, hidden) => {
    view.setUint8((hidden + 1) * RECORD_BYTES + 2, shift);
  });
  return bytes;
}

/**
 * Reads the shape back. A shape has one encoding only: what this accepts, `encodeSpec` gives again.
 * @throws ModelError where the bytes are not whole records, the shape is not allowed, or input or output has a shift
 */
export function decodeSpec(bytes: Uint8Array): Architecture {
  if (bytes.length % RECORD_BYTES !== 0) {
    throw new ModelError(`a spec is whole records of 3 bytes, not ${String(bytes.length)} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const records = Array.from({ length: bytes.length / RECORD_BYTES }, (_, index) => ({
    width: view.getUint16(index * RECORD_BYTES),
    shift: view.getUint8(index * RECORD_BYTES + 2),
  }));
  if (records.at(0)?.shift !== 0 || records.at(-1)?.shift !== 0) {
    throw new ModelError("a spec begins with an input and ends with an output, both of shift 0");
  }
  const architecture = {
    widths: records.map(({ width }) => width),
    shifts: records.slice(1, -1).map(({ shift }) => shift),
  };
  checkArchitecture(architecture);
  return architecture;
}
