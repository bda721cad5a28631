import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** What a node says of itself, for those who watch over it. Amounts in the token's smallest unit, times in seconds. */
export interface NodeStatus {
  /** The number of the next receipt: how many there are. */
  readonly nextSequence: bigint;
  readonly uncommitted: number;
  /** How old the oldest receipt is that is not committed; 0 where all are. */
  readonly uncommittedAge: bigint;
  /** What was charged and is not settled. */
  readonly unsettled: bigint;
  /** How much more the bond covers than is charged and not settled. */
  readonly freeCover: bigint;
}

/** The node's numbers, as Prometheus reads them. */
export class Metrics {
  readonly registry: Registry;
  readonly #requests: Counter<"route" | "outcome">;
  readonly #seconds: Histogram<"route">;
  readonly #inFlight: Gauge;
  readonly #work: Counter<"work" | "outcome">;
  readonly #chainErrors: Counter<"work" | "reason">;
  readonly #unexpected: Counter;
  readonly #status: Readonly<Record<keyof NodeStatus, Gauge>>;

  /** @param registry empty, or one that other parts of the process use too */
  constructor(registry: Registry) {
    const registers = [registry];
    this.registry = registry;
    this.#requests = new Counter({
      name: "surety_requests_total",
      help: "Requests answered, by route and by outcome: ok, or the name of the refusal.",
      labelNames: ["route", "outcome"],
      registers,
    });
    this.#seconds = new Histogram({
      name: "surety_request_seconds",
      help: "How long requests took, to the last byte.",
      labelNames: ["route"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    });
    this.#inFlight = new Gauge({ name: "surety_requests_in_flight", help: "Requests being answered.", registers });
    this.#work = new Counter({
      name: "surety_work_total",
      help: "What the node did by itself, by kind of work and by outcome: done, idle, failed.",
      labelNames: ["work", "outcome"],
      registers,
    });
    this.#chainErrors = new Counter({
      name: "surety_chain_errors_total",
      help: "What the chain refused, or could not be asked for.",
      labelNames: ["work", "reason"],
      registers,
    });
    this.#unexpected = new Counter({
      name: "surety_unexpected_errors_total",
      help: "Errors that are no refusals: each is a bug or a broken machine.",
      registers,
    });
    const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
    this.#status = {
      nextSequence: gauge("surety_receipts", "Receipts issued: the number of the next one."),
      uncommitted: gauge("surety_receipts_uncommitted", "Receipts that are not committed yet."),
      uncommittedAge: gauge("surety_uncommitted_age_seconds", "How old the oldest of those is."),
      unsettled: gauge("surety_unsettled_units", "What was charged and is not settled, in the token's smallest unit."),
      freeCover: gauge("surety_free_cover_units", "How much more the bond covers, in the token's smallest unit."),
    };
  }

  /** Notes that a request came in. */
  began(): void {
    this.#inFlight.inc();
  }

  /** Notes that it was answered. */
  ended({ route, outcome, seconds }: { route: string; outcome: string; seconds: number }): void {
    this.#inFlight.dec();
    this.#requests.inc({ route, outcome });
    this.#seconds.observe({ route }, seconds);
  }

  /** Notes what came of work that the node does by itself. */
  worked(work: string, outcome: "done" | "idle" | "failed"): void {
    this.#work.inc({ work, outcome });
  }

  /** Notes that the chain refused. */
  chainFailed(work: string, reason: string): void {
    this.#chainErrors.inc({ work, reason });
  }

  /** Notes an error that is no refusal. */
  failed(): void {
    this.#unexpected.inc();
  }

  /** All numbers in Prometheus' text form. @param status undefined where the chain cannot be read: then the last one's stand */
  async text(status: NodeStatus | undefined): Promise<string> {
    if (status !== undefined) {
      for (const name of Object.keys(this.#status) as (keyof NodeStatus)[])
        this.#status[name].set(Number(status[name]));
    }
    return this.registry.metrics();
  }
}
