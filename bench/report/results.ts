// The results of all parts. Each part is stored in a file, so that a run of some parts updates the report without
// measuring the others again.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { formatNumber } from './format.ts';
import type { PartReport } from './part-report.ts';

/** Where and how a part was measured. The machine is described by hardware and versions, without its host name. */
export type Run = { command: string; date: string; machine: string };

/** The stored result of a part. */
export type StoredResult = PartReport & { run: Run };

const folder = join(import.meta.dirname, '../results');

/** Describes this run. */
export function describeRun(command: string, now: Date): Run {
  const [{ model = 'unknown' } = {}] = cpus();
  const machine = [
    `${model.trim()}, ${cpus().length} cores`,
    `${formatNumber(totalmem() / 1024 ** 3, 1)} GiB`,
    `${type()} ${release()}`,
    `Node ${process.version}`,
  ];
  return { command, date: `${now.toISOString().slice(0, 16).replace('T', ' ')} UTC`, machine: machine.join(', ') };
}

/** Stores the result of a part. */
export async function storeResult(name: string, result: StoredResult): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
}

/** Reads the results of parts. Parts that were never measured are left out. */
export async function readResults(names: readonly string[]): Promise<StoredResult[]> {
  const texts = names.map((name) => readFile(join(folder, `${name}.json`), 'utf8').catch(() => undefined));
  return (await Promise.all(texts)).flatMap((text) => (text === undefined ? [] : [JSON.parse(text)]));
}
