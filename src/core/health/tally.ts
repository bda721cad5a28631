/** Sums up what happened on a chain, as the facts of a network's health want it. */
import type { Hex } from "../bytes.ts";
import { type ClientWeek, type DayFacts, dayOf, type HealthFacts, type OperatorWeek, weekOf } from "./facts.ts";

/** What happened, in any order. Times in seconds, amounts in the token's smallest unit. */
export interface Happenings {
  readonly payments: readonly {
    readonly at: bigint;
    readonly payer: Hex;
    readonly operator: Hex;
    readonly paid: bigint;
    /** Whether it came without a voucher: who paid it, nobody says. */
    readonly isCollected: boolean;
  }[];
  /** Batches of receipts that were committed. */
  readonly commitments: readonly { readonly at: bigint; readonly operator: Hex; readonly count: bigint }[];
  readonly slashes: readonly { readonly at: bigint; readonly operator: Hex; readonly asked: bigint }[];
}

type Tally = Pick<HealthFacts, "clientWeeks" | "operatorWeeks" | "days" | "payments">;

/** Sums up by payer and week, by operator and week, by day, and by payer and operator. */
export function tally({ payments, commitments, slashes }: Happenings): Tally {
  const clientWeeks = new Sums<ClientWeek>();
  const operatorWeeks = new Sums<OperatorWeek>();
  const days = new Sums<DayFacts>();
  const pairs = new Sums<HealthFacts["payments"][number]>();
  const payers = new Map<number, Set<Hex>>();

  const inWeek = (operator: Hex, at: bigint, change: (row: OperatorWeek) => Partial<OperatorWeek>): void => {
    const week = weekOf(at);
    const nothing = { operator, week, fees: 0n, settlements: 0, receipts: 0n };
    operatorWeeks.add(`${operator} ${week}`, nothing, change);
  };
  const inDay = (at: bigint, change: (row: DayFacts) => Partial<DayFacts>): void => {
    const day = dayOf(at);
    const nothing = { day, settlements: 0, fees: 0n, receipts: 0n, activeClients: 0, slashed: 0n };
    days.add(String(day), nothing, change);
  };

  for (const { at, payer, operator, paid, isCollected } of payments) {
    const settled = (row: { readonly fees: bigint; readonly settlements: number }) => ({
      fees: row.fees + paid,
      settlements: row.settlements + 1,
    });
    const week = weekOf(at);
    clientWeeks.add(`${payer} ${week}`, { payer, week, fees: 0n, settlements: 0 }, settled);
    pairs.add(`${payer} ${operator}`, { payer, operator, fees: 0n }, ({ fees }) => ({ fees: fees + paid }));
    const today = payers.get(dayOf(at)) ?? new Set<Hex>();
    payers.set(dayOf(at), isCollected ? today : today.add(payer));
    inWeek(operator, at, settled);
    inDay(at, (row) => ({ ...settled(row), activeClients: today.size }));
  }
  for (const { at, operator, count } of commitments) {
    const committed = ({ receipts }: { readonly receipts: bigint }) => ({ receipts: receipts + count });
    inWeek(operator, at, committed);
    inDay(at, committed);
  }
  for (const { at, asked } of slashes) inDay(at, ({ slashed }) => ({ slashed: slashed + asked }));
  const rows = { clientWeeks: clientWeeks.rows, operatorWeeks: operatorWeeks.rows, days: days.rows };
  return { ...rows, payments: pairs.rows };
}

/** Rows by their key, each made where something is added to it first. */
class Sums<T extends object> {
  readonly #rows = new Map<string, T>();

  get rows(): T[] {
    return [...this.#rows.values()];
  }

  add(key: string, nothing: T, change: (row: T) => Partial<T>): void {
    const row = this.#rows.get(key) ?? nothing;
    this.#rows.set(key, { ...row, ...change(row) });
  }
}
