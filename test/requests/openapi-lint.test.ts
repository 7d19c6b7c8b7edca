// The OpenAPI document under the recommended rules of Redocly and Spectral, and its copy in the repository.

import { readFileSync } from 'node:fs';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import spectralCore from '@stoplight/spectral-core';
import spectralRulesets from '@stoplight/spectral-rulesets';
import { expect, test } from 'vitest';
import { generateDocument } from '../../server/http/docs/openapi/document.ts';

const document = generateDocument();

/** Rules of Redocly that do not apply → the reason. */
const redoclyExceptions = {
  'no-unused-components':
    'The response MethodNotAllowed belongs to no operation, because it is the response to methods that are none. The ' +
    'rule oas3-unused-component of Spectral follows `x-other-methods`, which refers to it.',
};

/** Rules of Spectral that do not apply → the reason. */
const spectralExceptions = {
  'oas3-operation-security-defined':
    'The rule expects the scopes of a bearer token to be declared as OAuth 2.0 flows. OpenAPI 3.1.0 (section 4.8.30) ' +
    'permits names of roles for other schemes.',
};

const turnOff = (exceptions: object) =>
  Object.fromEntries(Object.keys(exceptions).map((rule) => [rule, 'off' as const]));

test('the recommended rules of Redocly find nothing in the OpenAPI document', async () => {
  const config = await createConfig({ extends: ['recommended'], rules: turnOff(redoclyExceptions) });
  const source = JSON.stringify(document);
  const findings = await lintFromString({ source, absoluteRef: '/openapi.json', config });
  expect(findings.map(({ ruleId, message, location: [place] }) => [ruleId, message, place?.pointer])).toEqual([]);
});

test('the rules spectral:oas find nothing in the OpenAPI document', async () => {
  const spectral = new spectralCore.Spectral();
  const rules = turnOff(spectralExceptions);
  spectral.setRuleset({ extends: [[spectralRulesets.oas as never, 'recommended']], rules: rules as never });
  const findings = await spectral.run(structuredClone(document) as never);
  expect(findings.map(({ code, message, path }) => [code, message, path.join('/')])).toEqual([]);
});

test('the OpenAPI document in the repository is that of `npm run openapi`', () => {
  const path = new URL('../../openapi/openapi.json', import.meta.url);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(JSON.parse(JSON.stringify(document)));
});
