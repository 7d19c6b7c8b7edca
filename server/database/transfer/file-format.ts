// The export file: a header, the rows of each table below a line with its name, and a footer with counts and checksums.

import { z } from 'zod';
import { StartupError } from '../../shared/startup-error.ts';
import { databaseKinds, type TransferSupport } from './transfer-support.ts';

const format = 'order-workflow-service';
/** Increases when an older version of the service could misread the file, or this version an older file. */
const version = 3;

/** The row count and checksum of each section. The checksum is the SHA-256 of its lines, in hexadecimal digits. */
export type Totals = Record<string, { rows: number; sha256: string }>;

/** @param from the database of the export; informative, because the rows are the same from both */
export function formatHeaderLine(from: TransferSupport['kind']): string {
  return JSON.stringify({ format, version, from });
}

export function formatSectionLine(section: string): string {
  return JSON.stringify({ table: section });
}

export function formatFooterLine(totals: Totals): string {
  return JSON.stringify({ end: totals });
}

/** Whether a line is a section header or the footer. Rows begin differently. */
export function isSectionMarker(line: string): boolean {
  return line.startsWith('{"table":') || line.startsWith('{"end":');
}

/** Creates the error for an invalid line. Nothing of the file is imported. */
export function createFileError(line: number, sentence: string, options?: ErrorOptions): StartupError {
  return new StartupError([`line ${line}: ${sentence}`], options);
}

/** Returns undefined if the text is not JSON. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const header = z.object({ format: z.literal(format), version: z.int() });

/** @throws StartupError the file is not an export, or has an unknown version */
export function checkHeader(line: string | undefined): void {
  if (databaseKinds.some((kind) => line === formatHeaderLine(kind))) return;
  const { data } = header.safeParse(tryParseJson(line ?? ''));
  if (!data || data.version === version) throw createFileError(1, 'the file is not an export');
  throw createFileError(1, `the file has version ${data.version}; supported: ${version}`);
}

const total = z.object({ rows: z.int(), sha256: z.string() });
const footer = z.object({ end: z.record(z.string(), total) });

/**
 * Compares the counts and checksums with the footer.
 * @throws StartupError they differ, or the footer is missing
 */
export function checkFooter(line: string | undefined, number: number, totals: Totals): void {
  if (line === formatFooterLine(totals)) return;
  if (line === undefined) throw createFileError(number, 'the file is truncated');
  const { data } = footer.safeParse(tryParseJson(line));
  const changed = findDifferences(totals, data?.end);
  if (!data || changed.length === 0) throw createFileError(number, 'the footer is not as an export writes it');
  throw createFileError(
    number,
    `counts or checksums differ: the rows of ${changed.join(', ')} or the footer were changed`,
  );
}

/** Returns the sections whose counts or checksums differ. */
export function findDifferences(totals: Totals, others: Totals = {}): string[] {
  return Object.entries(totals).flatMap(([section, { rows, sha256 }]) => {
    const other = others[section];
    return other?.rows === rows && other.sha256 === sha256 ? [] : section;
  });
}
