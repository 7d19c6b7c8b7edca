// The file between two databases, around its rows: a header, a line above the rows of each table that names it, and a
// footer with counts and checksums.

import { z } from 'zod';
import { StartupError } from '../../shared/startup-error.ts';
import { databaseKinds, type TransferSupport } from './transfer-support.ts';

const format = 'order-workflow-service';
/** Rises whenever a former version of the service could misunderstand the file, or this one a former file. */
const version = 1;

/** What there is of each table. The checksum is the SHA-256 of its lines, in hexadecimal digits. */
export type Totals = Record<string, { rows: number; sha256: string }>;

/** @param from where the rows come from, for people: they are the same from everywhere */
export function headerLine(from: TransferSupport['kind']): string {
  return JSON.stringify({ format, version, from });
}

export function sectionLine(section: string): string {
  return JSON.stringify({ table: section });
}

export function footerLine(totals: Totals): string {
  return JSON.stringify({ end: totals });
}

/** Whether a line is that above a table, or the footer: rows begin otherwise. */
export function isSectionMarker(line: string): boolean {
  return line.startsWith('{"table":') || line.startsWith('{"end":');
}

/** A fault of the file that is being read: nothing of it is taken over. */
export function createFileError(line: number, sentence: string, options?: ErrorOptions): StartupError {
  return new StartupError([`line ${line}: ${sentence}`], options);
}

/** Undefined where the text is no JSON. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const header = z.object({ format: z.literal(format), version: z.int() });

/** @throws StartError it is no such file, or one of a version that is not known here */
export function checkHeader(line: string | undefined): void {
  if (databaseKinds.some((kind) => line === headerLine(kind))) return;
  const { data } = header.safeParse(tryParseJson(line ?? ''));
  if (!data || data.version === version) throw createFileError(1, 'this is no file that an export has written');
  throw createFileError(1, `the file has version ${data.version}, and only version ${version} is understood`);
}

const total = z.object({ rows: z.int(), sha256: z.string() });
const footer = z.object({ end: z.record(z.string(), total) });

/**
 * Holds what was read against the footer.
 * @throws StartError they differ, or there is none
 */
export function checkFooter(line: string | undefined, number: number, totals: Totals): void {
  if (line === footerLine(totals)) return;
  if (line === undefined) throw createFileError(number, 'the file is cut off');
  const { data } = footer.safeParse(tryParseJson(line));
  const changed = findDifferences(totals, data?.end);
  if (!data || changed.length === 0) throw createFileError(number, 'this is no footer as an export writes it');
  throw createFileError(number, `counts or checksums differ: ${changed.join(', ')} or this footer was changed`);
}

/** The sections whose counts or checksums differ. */
export function findDifferences(totals: Totals, others: Totals = {}): string[] {
  return Object.entries(totals).flatMap(([section, { rows, sha256 }]) => {
    const other = others[section];
    return other?.rows === rows && other.sha256 === sha256 ? [] : section;
  });
}
