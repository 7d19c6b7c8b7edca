// Invalid calls of the commands that export and import a database.

import { expect, test } from 'vitest';
import { runTransferCommand } from '../kit/service/transfer-command.ts';

test.each<[string, 'export' | 'import', string[], Record<string, string>, RegExp]>([
  ['without a file', 'export', [], {}, /^cannot export: usage: npm run export -- FILE\n$/],
  ['with a missing file', 'import', ['/nowhere/a'], {}, /^cannot import: ENOENT: .*\n$/],
  ['with a missing database', 'export', ['a'], { DATABASE_URL: 'sqlite:/nowhere/a.db' }, /no database \/nowhere/],
  ['with an invalid URL', 'import', ['a'], { DATABASE_URL: 'mysql://a' }, /^cannot import: DATABASE_URL: must name/],
])('a command %s fails with one line', async (_, command, args, environment, message) => {
  const { code, stdout, stderr } = await runTransferCommand(command, args, environment);
  expect({ code, stdout, lines: stderr.split('\n').length }).toEqual({ code: 1, stdout: '', lines: 2 });
  expect(stderr).toMatch(message);
});
