// Takes in a file, line by line, in the order that it must have: nothing of it goes unread, and rows go to the database
// many at a time.

import type { Kysely } from 'kysely';
import { openValidationStates } from '../../../contract/validation.ts';
import { orderStatuses } from '../../../contract/workflow.ts';
import { StartupError } from '../../shared/startup-error.ts';
import { classifyFailure } from '../errors.ts';
import type { CounterName, Tables } from '../tables.ts';
import { Checksums } from './checksums.ts';
import { checkFooter, checkHeader, createFileError, isSectionMarker, sectionLine, type Totals } from './file-format.ts';
import type { LineReader } from './line-reader.ts';
import type { ReportProgress } from './progress.ts';
import { createRowParser, lastIdsSection, parseLastId, type Row } from './row-parser.ts';
import { type MaxIds, type TransferSupport, tablesWithStoredIds } from './transfer-support.ts';
import { type TransferTable, transferTables } from './transfer-tables.ts';

const maxBatchRows = 1_000;
/** In UTF-16 units. A statement with so much takes some milliseconds. */
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
  readonly #greatest = Object.fromEntries(transferTables.map(({ name }) => [name, 0])) as MaxIds;
  readonly #counters = new Map<CounterName, number>([
    ...orderStatuses.map((status) => [`orders.${status}`, 0] as const),
    ['runs.open', 0],
  ]);
  /** The line that is to be taken next. */
  #line: string | undefined;

  constructor(options: ImporterOptions) {
    this.#options = options;
  }

  /**
   * Takes the file, and answers what was in it, by the word of the footer, too.
   * @throws StartError with the number of the line where the file is not as it was written
   */
  async run(): Promise<Totals> {
    const { lines, transaction, transfer } = this.#options;
    checkHeader(await lines.next());
    this.#line = await lines.next();
    for (const table of transferTables) await this.#takeTable(table);
    await this.#takeLastIds();
    const { totals } = this.#checksums;
    checkFooter(this.#line, lines.number, totals);
    if ((await lines.next()) !== undefined) throw createFileError(lines.number, 'nothing may follow the last line');
    for (const [name, value] of this.#counters) {
      await transaction.updateTable('counters').set({ value }).where('name', '=', name).execute();
    }
    await transfer.restartIds(transaction, this.#greatest);
    return totals;
  }

  /** The rows of a section, each as a line that is still to be judged. */
  async *#linesOf(section: string): AsyncGenerator<string> {
    const { lines } = this.#options;
    if (this.#line !== sectionLine(section)) throw createFileError(lines.number, missing(this.#line, section));
    this.#checksums.add(section, []);
    for (;;) {
      this.#line = await lines.next();
      if (this.#line === undefined || isSectionMarker(this.#line)) return;
      yield this.#line;
    }
  }

  async #takeTable(table: TransferTable): Promise<void> {
    const { lines } = this.#options;
    const parse = createRowParser(table);
    let batch: string[] = [];
    let length = 0;
    for await (const line of this.#linesOf(table.name)) {
      const row = parse(line, lines.number);
      this.#pass(table, Number(row[table.key]));
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

  /** Keys rise: so rows are neither doubled nor in another order. */
  #pass({ name, key }: TransferTable, value: number): void {
    const former = this.#greatest[name];
    if (value <= former) throw createFileError(this.#options.lines.number, `the ${key} of ${name} does not rise`);
    this.#greatest[name] = value;
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
        `lines ${firstNumber} to ${lastNumber}: the database refuses these rows of ${table.name}`,
      );
    }
    report('written', table.name, batch.length);
  }

  /** Ids may have been given that no row has any more, but not such that a row has and that were never given. */
  async #takeLastIds(): Promise<void> {
    const { lines } = this.#options;
    const wanted = [...tablesWithStoredIds];
    for await (const line of this.#linesOf(lastIdsSection)) {
      const { name, id } = parseLastId(line, lines.number);
      const keeper = wanted.shift();
      if (name !== keeper)
        throw createFileError(lines.number, `here should be the last id of ${keeper ?? 'nothing more'}`);
      if (id < this.#greatest[keeper]) throw createFileError(lines.number, `${name} has rows with greater ids`);
      this.#greatest[keeper] = id;
      this.#checksums.add(lastIdsSection, [line]);
    }
    if (wanted.length > 0) throw createFileError(lines.number, `the last id of ${wanted[0]} is missing`);
  }
}

function missing(line: string | undefined, section: string): string {
  return line === undefined ? 'the file is cut off' : `here should begin the rows of ${section}`;
}

/** What the database has against rows, unless it is about something else. */
function toStartupError(error: unknown, sentence: string): unknown {
  const isAboutRows = error instanceof Error && 'code' in error && /^(rejected|conflict)$/.test(classifyFailure(error));
  return isAboutRows ? new StartupError([`${sentence}: ${error.message}`], { cause: error }) : error;
}
