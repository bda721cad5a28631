/**
 * When cheating loses, without a simulation. A wrong answer gains g, and is proven with probability p; then it costs S. It
 * loses where p * S > g. S is what the court asks, as far as there is bond: so who cheats often loses less by the last
 * conviction than by the first, and the expectation over all of them says more than p * S does.
 */
import { meanOf } from "./interval.ts";

/** Nobody bonds more. */
const MOST_BOND = 1e9;

/** What a wrong answer brings and risks. Amounts in one unit, shares from 0 to 1. */
export interface Offence {
  /** g: what it gains beside an honest answer. */
  readonly gain: number;
  /** What was paid for it. */
  readonly price: number;
  /** The own bond before the first conviction, and the least that a court counts with. */
  readonly bond: number;
  readonly leastBond: number;
  /** The share of the own bond that a conviction costs at least, and how often the price. */
  readonly slash: number;
  readonly priceMultiple: number;
}

/** S: what the first conviction costs. */
export function lossOf(offence: Offence): number {
  return offence.bond - bondAfter(offence, 1);
}

/** The bond from which on a wrong answer loses by p * S > g; undefined where none is enough. @param rate p */
export function deterringBond(offence: Offence, rate: number): number | undefined {
  return leastBond((bond) => rate * lossOf({ ...offence, bond }) > offence.gain);
}

/** What so many wrong answers gain on average, less what they cost, each detected with probability `rate` by itself. */
export function expectedAdvantage(offence: Offence, faults: number, rate: number): number {
  let expectedLoss = 0;
  for (const [convictions, probability] of binomial(faults, rate).entries()) {
    expectedLoss += probability * (offence.bond - bondAfter(offence, convictions));
  }
  return faults * offence.gain - expectedLoss;
}

/**
 * The bond from which on operators lose on average; undefined where none is enough.
 * @param faults how many wrong answers each of them sold: the same number on average, spread wider, loses less
 */
export function deterringBondFor(offence: Offence, faults: readonly number[], rate: number): number | undefined {
  return leastBond((bond) => meanOf(faults.map((count) => expectedAdvantage({ ...offence, bond }, count, rate))) < 0);
}

/** The chance that at least one of several looks, each by itself. @param looks how many look with which rate */
export function detectionRate(looks: readonly { readonly rate: number; readonly count: number }[]): number {
  return 1 - looks.reduce((missed, { rate, count }) => missed * (1 - rate) ** count, 1);
}

/** The least bond that is enough, by halving what lies between enough and too little. */
function leastBond(isEnough: (bond: number) => boolean): number | undefined {
  let [less, enough] = [0, MOST_BOND];
  if (!isEnough(enough)) return undefined;
  for (let halving = 0; halving < 60; halving++) {
    const bond = (less + enough) / 2;
    if (isEnough(bond)) enough = bond;
    else less = bond;
  }
  return enough;
}

/** What is left of the bond after so many convictions. */
function bondAfter({ bond, leastBond, slash, priceMultiple, price }: Offence, convictions: number): number {
  let left = bond;
  for (let count = 0; count < convictions && left > 0; count++) {
    left -= Math.min(left, Math.max(Math.max(left, leastBond) * slash, priceMultiple * price));
  }
  return left;
}

/** How likely each number of hits is, of so many tries. */
function binomial(tries: number, rate: number): number[] {
  if (rate >= 1) return Array.from({ length: tries + 1 }, (_, hits) => (hits === tries ? 1 : 0));
  const chances: number[] = [];
  // By logarithms, since the first of them can be too small to be told from 0.
  let logarithm = tries * Math.log1p(-rate);
  for (let hits = 0; hits <= tries; hits++) {
    chances.push(Math.exp(logarithm));
    logarithm += Math.log(tries - hits) - Math.log(hits + 1) + Math.log(rate) - Math.log1p(-rate);
  }
  return chances;
}
