// Generates the files of client/generated from the contract.

import type { AppRouter } from '@ts-rest/core';
import { contract } from '../../contract/index.ts';
import { anyProblem } from '../../contract/problems/problem.ts';
import { webhookTest } from '../../contract/schemas/webhook-test.ts';
import { actions } from '../../contract/workflow.ts';
import packageJson from '../package.json' with { type: 'json' };
import { declareEnums } from './enum-types.ts';
import { writeOperations } from './operations.ts';
import { findScopes, listNamedRoutes, type NamedRoute, toRoute } from './routes.ts';
import { TypeWriter } from './type-writer.ts';

const notice = 'Generated from the contract by `npm run generate`.';

/** The content of the generated files by name, and the fields that the contract does not describe. */
export type Generated = { files: Record<string, string>; undocumented: readonly string[] };

/** Generates all files. */
export function generateFiles(router: AppRouter = contract): Generated {
  const routes = listNamedRoutes(router);
  const types = new TypeWriter();
  const operations = writeOperations(routes, types);
  types.write(webhookTest, 'output');
  types.declareUnion('Problem', anyProblem, 'The body of an error response (RFC 9457).');
  const files = {
    'operations.ts': writeOperationsFile(types, operations),
    'routes.ts': writeRoutesFile(routes),
    'scopes.ts': writeScopesFile(routes),
    'types.ts': writeTypesFile(types),
    'version.ts': `// The version of the SDK. ${notice}\n\nexport const version = '${packageJson.version}';\n`,
  };
  return { files, undocumented: types.undocumented };
}

function writeTypesFile(types: TypeWriter): string {
  const unknownName = "declare enum UnknownName {\n  any = '(a name that this version of the SDK does not know)',\n}";
  const declarations = [...types.declarations].sort(([a], [b]) => a.localeCompare(b)).map(([, text]) => text);
  return join(`// The types of requests and responses. ${notice}`, unknownName, ...declareEnums(), ...declarations);
}

function writeOperationsFile(types: TypeWriter, interfaces: readonly string[]): string {
  const text = interfaces.join('\n\n');
  const names = [...types.declarations.keys()].filter((name) => new RegExp(`[<(: |]${name}\\b`).test(text)).sort();
  const options = [
    'CommandOptions',
    'ConditionalOptions',
    'IdempotentOptions',
    'RequestOptions',
    'RevalidationOptions',
  ];
  return join(
    `// The types of all operations. ${notice}`,
    [
      "import type { Call, List } from '../call.ts';",
      `import type {\n  ${options.join(',\n  ')},\n  StreamOptions,\n} from '../options.ts';`,
      `import type {\n  ${names.join(',\n  ')},\n} from './types.ts';`,
    ].join('\n'),
    ...interfaces,
  );
}

function writeRoutesFile(routes: readonly NamedRoute[]): string {
  const groups = [...new Set(routes.map(({ group }) => group))].map((group) => {
    const rows = routes
      .filter((route) => route.group === group)
      .map(({ operation, route }) => `    ${operation}: ${toText(toRoute(route))},\n`);
    return `  ${group}: {\n${rows.join('')}  },\n`;
  });
  return join(
    `// The routes of all operations. ${notice}`,
    "import type { ApiRoutes } from '../request/route.ts';",
    `/** Group → operation → route. */\nexport const routes: ApiRoutes = {\n${groups.join('')}};`,
  );
}

/** The scopes of the actions of the workflow, and of the creation of orders. */
function writeScopesFile(routes: readonly NamedRoute[]): string {
  const rows = ['create', ...actions].map((action) => {
    const named = routes.find(({ group, operation }) => /^(orders|validations)$/.test(group) && operation === action);
    if (!named) throw new Error(`no route for the action ${action}`);
    return `  ${action}: ${toText(findScopes(named.route) ?? [])},\n`;
  });
  return join(
    `// The scopes of actions on orders. ${notice}`,
    "import type { KnownAction, KnownScope } from './types.ts';",
    `/** Action, or \`create\` → all scopes that a token must have for it. */
export const requiredScopes: Readonly<Record<KnownAction | 'create', readonly KnownScope[]>> = {\n${rows.join('')}};`,
  );
}

function join(...parts: string[]): string {
  return `${parts.join('\n\n')}\n`;
}

/** Writes a value as TypeScript, in the style of the repository. */
function toText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value).replaceAll('"', "'");
  const members = Object.entries(value).map(([key, entry]) => `${key}: ${toText(entry)}`);
  return `{ ${members.join(', ')} }`;
}
