// Says how far a move has come, once a second at the most: on a terminal in one line, else in a line each.

/** Told of rows as they come by. */
export type ReportProgress = (step: 'read' | 'written' | 'checked', section: string, rows: number) => void;

export type TransferOptions = {
  report: ReportProgress;
  /** Ends it early: what was written is taken back. */
  stop: AbortSignal;
};

type Output = { write(text: string): unknown; isTTY?: boolean };

const intervalMs = 1_000;

export class Progress {
  readonly #output: Output;
  readonly #now: () => number;
  #rows = 0;
  #what = '';
  #beganAt: number;
  #saidAt: number;

  /** @param now milliseconds, from any moment on */
  constructor(output: Output, now: () => number) {
    this.#output = output;
    this.#now = now;
    this.#beganAt = this.#saidAt = now();
  }

  /** Counts rows of a section. Rates are those of one section in one step. */
  readonly report: ReportProgress = (step, section, rows) => {
    const what = `${section}: ${step}`;
    if (what !== this.#what) this.#begin(what);
    this.#rows += rows;
    if (this.#now() - this.#saidAt >= intervalMs) this.#say();
  };

  /** Leaves the line of a terminal empty. */
  end(): void {
    if (this.#output.isTTY) this.#output.write('\r\u001b[K');
  }

  #begin(what: string): void {
    this.#what = what;
    this.#rows = 0;
    this.#beganAt = this.#now();
  }

  #say(): void {
    this.#saidAt = this.#now();
    const rate = Math.round((this.#rows * 1_000) / Math.max(1, this.#saidAt - this.#beganAt));
    const line = `${this.#what} ${formatCount(this.#rows)} rows, ${formatCount(rate)} a second`;
    this.#output.write(this.#output.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
  }
}

/** A number as people read it. */
export function formatCount(value: number): string {
  return value.toLocaleString('en-US');
}
