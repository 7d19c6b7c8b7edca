// Imports a file line by line, in the required order, and inserts rows in batches. Every line is checked.

import type { Kysely } from 'kysely';
import { openValidationStates } from '../../../contract/schemas/validation.ts';
import { orderStatuses } from '../../../contract/workflow.ts';
import { StartupError } from '../../shared/startup-error.ts';
import { classifyFailure } from '../errors.ts';
import type { CounterName, Tables } from '../tables.ts';
import { Checksums } from './checksums.ts';
import {
  checkFooter,
  checkHeader,
  createFileError,
  formatSectionLine,
  isSectionMarker,
  type Totals,
} from './file-format.ts';
import type { LineReader } from './line-reader.ts';
import type { ReportProgress } from './progress.ts';
import { createRowParser, lastIdsSection, parseLastId, type Row } from './row-parser.ts';
import { type MaxIds, type TransferSupport, tablesWithStoredIds } from './transfer-support.ts';
import { type TransferTable, transferTables } from './transfer-tables.ts';

const maxBatchRows = 1_000;
/** In UTF-16 code units. A statement of this size takes some milliseconds. */
const maxBatchLength = 2 ** 20;

type ImporterOptions = {
  lines: LineReader;
  transaction: Kysely<Tables>;
  transfer: TransferSupport;
  report: ReportProgress;
};

export class Importer {
  readonly #options: ImporterOptions;
  readonly #checksums = new Checksums();
  readonly #maxIds = Object.fromEntries(transferTables.map(({ name }) => [name, 0])) as MaxIds;
  readonly #counters = new Map<CounterName, number>([
    ...orderStatuses.map((status) => [`orders.${status}`, 0] as const),
    ['runs.open', 0],
  ]);
  /** The next line to process. */
  #line: string | undefined;

  constructor(options: ImporterOptions) {
    this.#options = options;
  }

  /**
   * Imports the file and returns its counts and checksums, which match the footer.
   * @throws StartupError the file is not as it was written, with the line number
   */
  async run(): Promise<Totals> {
    const { lines, transaction, transfer } = this.#options;
    checkHeader(await lines.next());
    this.#line = await lines.next();
    for (const table of transferTables) await this.#importTable(table);
    await this.#importLastIds();
    const { totals } = this.#checksums;
    checkFooter(this.#line, lines.number, totals);
    if ((await lines.next()) !== undefined) throw createFileError(lines.number, 'unexpected line after the footer');
    for (const [name, value] of this.#counters) {
      await transaction.updateTable('counters').set({ value }).where('name', '=', name).execute();
    }
    await transfer.restartIds(transaction, this.#maxIds);
    return totals;
  }

  /** Yields the lines of a section, unchecked. */
  async *#readSection(section: string): AsyncGenerator<string> {
    const { lines } = this.#options;
    if (this.#line !== formatSectionLine(section))
      throw createFileError(lines.number, describeMissing(this.#line, section));
    this.#checksums.add(section, []);
    for (;;) {
      this.#line = await lines.next();
      if (this.#line === undefined || isSectionMarker(this.#line)) return;
      yield this.#line;
    }
  }

  async #importTable(table: TransferTable): Promise<void> {
    const { lines } = this.#options;
    const parse = createRowParser(table);
    let batch: string[] = [];
    let length = 0;
    for await (const line of this.#readSection(table.name)) {
      const row = parse(line, lines.number);
      this.#checkKey(table, Number(row[table.key]));
      this.#count(table, row);
      batch.push(line);
      length += line.length;
      if (batch.length < maxBatchRows && length < maxBatchLength) continue;
      await this.#insert(table, batch, lines.number);
      batch = [];
      length = 0;
    }
    await this.#insert(table, batch, lines.number - 1);
  }

  /** Keys must increase, so that rows are neither repeated nor reordered. */
  #checkKey({ name, key }: TransferTable, value: number): void {
    const previous = this.#maxIds[name];
    if (value <= previous) throw createFileError(this.#options.lines.number, `the ${key} of ${name} does not increase`);
    this.#maxIds[name] = value;
  }

  #count({ name }: TransferTable, { status, state }: Row): void {
    if (name === 'orders') this.#add(`orders.${status}` as CounterName);
    if (name === 'validation_runs' && openValidationStates.some((open) => open === state)) this.#add('runs.open');
  }

  #add(name: CounterName): void {
    this.#counters.set(name, (this.#counters.get(name) ?? 0) + 1);
  }

  async #insert(table: TransferTable, batch: readonly string[], lastNumber: number): Promise<void> {
    if (batch.length === 0) return;
    const { transaction, transfer, report } = this.#options;
    this.#checksums.add(table.name, batch);
    try {
      await transfer.insert(table, `[${batch.join()}]`).execute(transaction);
    } catch (cause) {
      const firstNumber = lastNumber - batch.length + 1;
      throw toStartupError(
        cause,
        `lines ${firstNumber} to ${lastNumber}: the database rejects these rows of ${table.name}`,
      );
    }
    report('written', table.name, batch.length);
  }

  /** Assigned ids may belong to deleted rows, but no row may have an id that was never assigned. */
  async #importLastIds(): Promise<void> {
    const { lines } = this.#options;
    const remaining = [...tablesWithStoredIds];
    for await (const line of this.#readSection(lastIdsSection)) {
      const { name, id } = parseLastId(line, lines.number);
      const expected = remaining.shift();
      if (name !== expected)
        throw createFileError(lines.number, `expected the last id of ${expected ?? 'no further table'}`);
      if (id < this.#maxIds[expected]) throw createFileError(lines.number, `${name} has rows with larger ids`);
      this.#maxIds[expected] = id;
      this.#checksums.add(lastIdsSection, [line]);
    }
    if (remaining.length > 0) throw createFileError(lines.number, `the last id of ${remaining[0]} is missing`);
  }
}

function describeMissing(line: string | undefined, section: string): string {
  return line === undefined ? 'the file is truncated' : `expected the rows of ${section}`;
}

/** Converts an error about the rows; other errors are returned unchanged. */
function toStartupError(error: unknown, sentence: string): unknown {
  const isAboutRows = error instanceof Error && 'code' in error && /^(rejected|conflict)$/.test(classifyFailure(error));
  return isAboutRows ? new StartupError([`${sentence}: ${error.message}`], { cause: error }) : error;
}
