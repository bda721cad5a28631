/** What an error says beside its message. */
export interface ErrorDetails extends ErrorOptions {
  /** A name for programs: the contract's error, the refusal's name. The class's own where left out. */
  readonly reason?: string;
  /** What to do about it, where the message does not say it already. */
  readonly remedy?: string;
}

/** What everything that Surety itself throws for a reason of its own has in common. Its subclasses say which kind it is. */
export class SuretyError extends Error {
  override readonly name: string = "SuretyError";
  /** What to do about it, where the message does not say it already. */
  readonly remedy?: string;
  readonly #reason: string | undefined;

  constructor(message: string, { reason, remedy, ...options }: ErrorDetails = {}) {
    super(message, options);
    this.#reason = reason;
    if (remedy !== undefined) this.remedy = remedy;
  }

  /** A name for programs: two errors of one class that differ in what to do about them differ in it. */
  get reason(): string {
    return this.#reason ?? this.name.replace(/Error$/, "");
  }
}
