/** Seconds since 1970 of dates that are written in digits, as `contracts/enclave/Dates.sol` has them. */
import { toHex } from "../bytes.ts";
import { Refusal } from "../refusal.ts";

const CHARACTERS = { zero: 0x30, dash: 0x2d, colon: 0x3a, T: 0x54, Z: 0x5a };

/** Of `YYMMDDhhmmssZ`: from 1950 to 2049. @throws Refusal `DateInvalid` */
export function ofUtcTime(text: Uint8Array): bigint {
  const year = two(text, 0);
  require(text[12] === CHARACTERS.Z, text);
  return of(text, year < 50 ? 2000 + year : 1900 + year, [2, 4, 6, 8, 10]);
}

/** Of `YYYYMMDDhhmmssZ`. @throws Refusal `DateInvalid` */
export function ofGeneralizedTime(text: Uint8Array): bigint {
  require(text[14] === CHARACTERS.Z, text);
  return of(text, two(text, 0) * 100 + two(text, 2), [4, 6, 8, 10, 12]);
}

/** Of `YYYY-MM-DDThh:mm:ssZ`. @throws Refusal `DateInvalid` */
export function ofIso(text: Uint8Array): bigint {
  const { dash, colon, T, Z } = CHARACTERS;
  const marks = [4, 7, 10, 13, 16, 19].map((place) => text[place]);
  require([dash, dash, T, colon, colon, Z].every((mark, index) => marks[index] === mark), text);
  return of(text, two(text, 0) * 100 + two(text, 2), [5, 8, 11, 14, 17]);
}

function of(text: Uint8Array, year: number, places: readonly number[]): bigint {
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = places.map((place) => two(text, place));
  require(year >= 1970 && month !== 0 && month <= 12 && day !== 0, text);
  require(day <= daysIn(year, month) && hour < 24 && minute < 60 && second < 60, text);
  return BigInt(Date.UTC(year, month - 1, day, hour, minute, second) / 1000);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function two(text: Uint8Array, place: number): number {
  const [tens = 0, ones = 0] = [0, 1].map((index) => (text[place + index] ?? 0) - CHARACTERS.zero);
  require(tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9, text);
  return tens * 10 + ones;
}

function require(isFine: boolean, text: Uint8Array): void {
  if (isFine) return;
  const padded = new Uint8Array(32);
  padded.set(text);
  throw new Refusal("DateInvalid", toHex(padded));
}
