import { ModelError } from "./model.ts";

/** Bytes of one signed integer of 24 bits. */
export const INT24_BYTES = 3;

/** Writes integers as 24 bits each, big-endian two's complement. The values fit: a model has checked its biases. */
export function encodeInt24(values: Int32Array): Uint8Array {
  const bytes = new Uint8Array(values.length * INT24_BYTES);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => {
    view.setInt8(index * INT24_BYTES, value >> 16);
    view.setUint16(index * INT24_BYTES + 1, value & 0xffff);
  });
  return bytes;
}

/**
 * Reads integers of 24 bits back.
 * @throws ModelError where the bytes are not whole integers
 */
export function decodeInt24(bytes: Uint8Array): Int32Array {
  if (bytes.length % INT24_BYTES !== 0) {
    throw new ModelError(`biases are 3 bytes each, not ${String(bytes.length)} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Int32Array.from(
    { length: bytes.length / INT24_BYTES },
    (_, index) => (view.getInt8(index * INT24_BYTES) << 16) | view.getUint16(index * INT24_BYTES + 1),
  );
}
