// Reports the progress of an export or import at most once a second: in one line on a terminal, otherwise line by line.

/** Called with every batch of rows. */
export type ReportProgress = (step: 'read' | 'written' | 'checked', section: string, rows: number) => void;

export type TransferOptions = {
  report: ReportProgress;
  /** Aborts the transfer and rolls back. */
  stop: AbortSignal;
};

type Output = { write(text: string): unknown; isTTY?: boolean };

const intervalMs = 1_000;

export class Progress {
  readonly #output: Output;
  readonly #now: () => number;
  #rows = 0;
  #label = '';
  #startedAt: number;
  #reportedAt: number;

  /** @param now milliseconds from any origin */
  constructor(output: Output, now: () => number) {
    this.#output = output;
    this.#now = now;
    this.#startedAt = this.#reportedAt = now();
  }

  /** Counts rows of a section. The reported rate is that of one section in one step. */
  readonly report: ReportProgress = (step, section, rows) => {
    const label = `${section}: ${step}`;
    if (label !== this.#label) this.#begin(label);
    this.#rows += rows;
    if (this.#now() - this.#reportedAt >= intervalMs) this.#print();
  };

  /** Clears the line on a terminal. */
  end(): void {
    if (this.#output.isTTY) this.#output.write('\r\u001b[K');
  }

  #begin(label: string): void {
    this.#label = label;
    this.#rows = 0;
    this.#startedAt = this.#now();
  }

  #print(): void {
    this.#reportedAt = this.#now();
    const rate = Math.round((this.#rows * 1_000) / Math.max(1, this.#reportedAt - this.#startedAt));
    const line = `${this.#label} ${formatCount(this.#rows)} rows, ${formatCount(rate)} a second`;
    this.#output.write(this.#output.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
  }
}

/** Formats a number with thousands separators. */
export function formatCount(value: number): string {
  return value.toLocaleString('en-US');
}
