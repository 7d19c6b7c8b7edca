// Takes in a file, line by line, in the order that it must have: nothing of it goes unread, and rows go to the database
// many at a time.

import type { Kysely } from 'kysely';
import { openStates } from '../../../contract/validation.ts';
import { orderStatuses } from '../../../contract/workflow.ts';
import { StartError } from '../../shared/startup-error.ts';
import { failureKindOf } from '../errors.ts';
import type { CounterName, Tables } from '../tables.ts';
import { Tally } from './checksums.ts';
import { checkFooter, checkHeader, fileFault, isMark, sectionLine, type Totals } from './file-format.ts';
import type { LineReader } from './line-reader.ts';
import type { Watch } from './progress.ts';
import { lastIdsSection, parseLastId, type Row, rowParser } from './row-parser.ts';
import { type GreatestIds, idKeepers, type Moving } from './transfer-support.ts';
import { type MovedTable, movedTables } from './transfer-tables.ts';

const maxBatchRows = 1_000;
/** In UTF-16 units. A statement with so much takes some milliseconds. */
const maxBatchLength = 2 ** 20;

type IntakeOptions = {
  lines: LineReader;
  transaction: Kysely<Tables>;
  moving: Moving;
  watch: Watch;
};

export class Intake {
  readonly #options: IntakeOptions;
  readonly #tally = new Tally();
  readonly #greatest = Object.fromEntries(movedTables.map(({ name }) => [name, 0])) as GreatestIds;
  readonly #counters = new Map<CounterName, number>([
    ...orderStatuses.map((status) => [`orders.${status}`, 0] as const),
    ['runs.open', 0],
  ]);
  /** The line that is to be taken next. */
  #line: string | undefined;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /**
   * Takes the file, and answers what was in it, by the word of the footer, too.
   * @throws StartError with the number of the line where the file is not as it was written
   */
  async takeAll(): Promise<Totals> {
    const { lines, transaction, moving } = this.#options;
    checkHeader(await lines.next());
    this.#line = await lines.next();
    for (const table of movedTables) await this.#takeTable(table);
    await this.#takeLastIds();
    const { totals } = this.#tally;
    checkFooter(this.#line, lines.number, totals);
    if ((await lines.next()) !== undefined) throw fileFault(lines.number, 'nothing may follow the last line');
    for (const [name, value] of this.#counters) {
      await transaction.updateTable('counters').set({ value }).where('name', '=', name).execute();
    }
    await moving.goOnAfter(transaction, this.#greatest);
    return totals;
  }

  /** The rows of a section, each as a line that is still to be judged. */
  async *#linesOf(section: string): AsyncGenerator<string> {
    const { lines } = this.#options;
    if (this.#line !== sectionLine(section)) throw fileFault(lines.number, missing(this.#line, section));
    this.#tally.add(section, []);
    for (;;) {
      this.#line = await lines.next();
      if (this.#line === undefined || isMark(this.#line)) return;
      yield this.#line;
    }
  }

  async #takeTable(table: MovedTable): Promise<void> {
    const { lines } = this.#options;
    const parse = rowParser(table);
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
  #pass({ name, key }: MovedTable, value: number): void {
    const former = this.#greatest[name];
    if (value <= former) throw fileFault(this.#options.lines.number, `the ${key} of ${name} does not rise`);
    this.#greatest[name] = value;
  }

  #count({ name }: MovedTable, { status, state }: Row): void {
    if (name === 'orders') this.#add(`orders.${status}` as CounterName);
    if (name === 'validation_runs' && openStates.some((open) => open === state)) this.#add('runs.open');
  }

  #add(name: CounterName): void {
    this.#counters.set(name, (this.#counters.get(name) ?? 0) + 1);
  }

  async #insert(table: MovedTable, batch: readonly string[], lastNumber: number): Promise<void> {
    if (batch.length === 0) return;
    const { transaction, moving, watch } = this.#options;
    this.#tally.add(table.name, batch);
    try {
      await moving.insert(table, `[${batch.join()}]`).execute(transaction);
    } catch (cause) {
      const firstNumber = lastNumber - batch.length + 1;
      throw refusalOf(cause, `lines ${firstNumber} to ${lastNumber}: the database refuses these rows of ${table.name}`);
    }
    watch('written', table.name, batch.length);
  }

  /** Ids may have been given that no row has any more, but not such that a row has and that were never given. */
  async #takeLastIds(): Promise<void> {
    const { lines } = this.#options;
    const wanted = [...idKeepers];
    for await (const line of this.#linesOf(lastIdsSection)) {
      const { name, id } = parseLastId(line, lines.number);
      const keeper = wanted.shift();
      if (name !== keeper) throw fileFault(lines.number, `here should be the last id of ${keeper ?? 'nothing more'}`);
      if (id < this.#greatest[keeper]) throw fileFault(lines.number, `${name} has rows with greater ids`);
      this.#greatest[keeper] = id;
      this.#tally.add(lastIdsSection, [line]);
    }
    if (wanted.length > 0) throw fileFault(lines.number, `the last id of ${wanted[0]} is missing`);
  }
}

function missing(line: string | undefined, section: string): string {
  return line === undefined ? 'the file is cut off' : `here should begin the rows of ${section}`;
}

/** What the database has against rows, unless it is about something else. */
function refusalOf(error: unknown, sentence: string): unknown {
  const isAboutRows = error instanceof Error && 'code' in error && /^(fault|race)$/.test(failureKindOf(error));
  return isAboutRows ? new StartError([`${sentence}: ${error.message}`], { cause: error }) : error;
}
