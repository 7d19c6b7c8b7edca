// The generated files of the SDK: they equal what the contract says now.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AppRoute, isAppRouteOtherResponse } from '@ts-rest/core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { routes } from '../../client/generated/routes.ts';
import { requiredScopes } from '../../client/generated/scopes.ts';
import { version } from '../../client/generated/version.ts';
import { generateFiles } from '../../client/generator/generate.ts';
import clientPackage from '../../client/package.json' with { type: 'json' };
import { contract } from '../../contract/index.ts';
import { contractBuilder, metadata, noQuery, orderPath, problems } from '../../contract/routes/route.ts';
import { idempotencyHeaders } from '../../contract/schemas/preconditions.ts';
import servicePackage from '../../package.json' with { type: 'json' };

const folder = join(import.meta.dirname, '../../client/generated');

test('the generated files of the SDK are those of `npm run generate`', () => {
  const { files } = generateFiles();
  expect(readdirSync(folder).sort()).toEqual(Object.keys(files).sort());
  for (const [name, text] of Object.entries(files)) expect(readFileSync(join(folder, name), 'utf8'), name).toBe(text);
});

test('every type and field of the SDK has a description in the contract', () => {
  expect(generateFiles().undocumented).toEqual([]);
});

test('every operation of the SDK has its summary, its path, its scopes and its problems in the editor', () => {
  const text = generateFiles().files['operations.ts'] ?? '';
  const approval = text.slice(text.indexOf('   * Approve a validated order.'), text.indexOf('  approve('));
  for (const part of ['Requires status VALIDATED', '`POST /orders/:orderId/approve`', '`orders:approve`']) {
    expect(approval).toContain(part);
  }
  for (const code of ['separation-of-duties', 'version-mismatch', 'too-many-requests']) {
    expect(approval).toContain(`\`${code}\``);
  }
});

test('the route table of the SDK has the method, path, body and kind of every route of the contract', () => {
  const expected = Object.fromEntries(
    Object.entries(contract).map(([group, entries]) => [
      group,
      Object.fromEntries(Object.entries(entries).map(([name, route]) => [name, describeRoute(route as AppRoute)])),
    ]),
  );
  const found = Object.fromEntries(
    Object.entries(routes).map(([group, entries]) => [
      group,
      Object.fromEntries(
        Object.entries(entries).map(([name, { method, path, hasBody = false, isStream = false }]) => [
          name,
          { method, path, hasBody, isStream },
        ]),
      ),
    ]),
  );
  expect(found).toEqual(expected);
});

function describeRoute(route: AppRoute) {
  const body = 'body' in route && route.body instanceof z.ZodType ? route.body : undefined;
  const success = route.responses[200];
  return {
    method: route.method,
    path: route.path,
    hasBody: body !== undefined && !(body instanceof z.ZodOptional),
    isStream: success !== undefined && isAppRouteOtherResponse(success),
  };
}

test('the scopes of actions in the SDK are those of their routes in the contract', () => {
  const { orders, validations } = contract;
  const actions = { create: orders.create, edit: orders.edit, validate: orders.validate, retry: validations.retry };
  const decisions = { approve: orders.approve, reject: orders.reject };
  for (const [action, { metadata }] of Object.entries({ ...actions, ...decisions })) {
    expect(requiredScopes[action as 'create'], action).toEqual(metadata.scopes);
  }
});

test('a route that is added to the contract appears in the SDK with its types and its documentation', () => {
  const note = z
    .object({ id: z.int().meta({ description: 'Id of the note' }) })
    .meta({ title: 'Note', description: 'A note on an order' });
  const notes = contractBuilder.router({
    add: {
      method: 'POST',
      path: '/orders/:orderId/notes',
      pathParams: orderPath,
      summary: 'Add a note',
      headers: idempotencyHeaders,
      query: noQuery,
      body: note,
      responses: { 201: note, ...problems('not-found') },
      metadata: metadata('Orders', 'orders:write'),
    },
  });
  const { files } = generateFiles({ ...contract, notes });
  expect(files['routes.ts']).toContain("    add: { method: 'POST', path: '/orders/:orderId/notes', hasBody: true },\n");
  expect(files['operations.ts']).toContain('  add(input: NotesAddInput, options?: IdempotentOptions): Call<Note>;\n');
  expect(files['operations.ts']).toContain('  readonly notes: NotesOperations;\n');
  expect(files['operations.ts']).toContain('   * Add a note.\n   *\n   * `POST /orders/:orderId/notes`.');
  expect(files['types.ts']).toContain('export interface NotesAddInput extends Note {\n');
});

test('the service and the SDK have the same version', () => {
  expect(clientPackage.version).toBe(servicePackage.version);
  expect(version).toBe(servicePackage.version);
});
