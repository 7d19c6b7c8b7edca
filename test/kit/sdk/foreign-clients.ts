// Generates clients with foreign generators from the OpenAPI document of a running service, compiles and bundles them.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'vite';
import { runNode } from './packed-client.ts';

const folder = fileURLToPath(new URL('../../foreign-clients', import.meta.url));
const installedFolder = join(folder, 'more');

/** A generator: the arguments of its program, and the program in `test/foreign-clients` that uses its client. */
export type Generator = { name: string; program: string; args: readonly string[] };

/** Is installed with the other packages of the repository. */
export const lightGenerators: readonly Generator[] = [
  {
    name: 'openapi-fetch',
    program: 'openapi-typescript',
    args: ['openapi.json', '--output', 'generated/openapi-fetch/schema.ts'],
  },
];

/** Are installed on demand: together they have hundreds of packages. */
export const heavyGenerators: readonly Generator[] = [
  { name: 'hey-api', program: 'openapi-ts', args: ['--input', 'openapi.json', '--output', 'generated/hey-api'] },
  { name: 'orval', program: 'orval', args: ['--config', 'orval.config.js'] },
  {
    name: 'swagger-typescript-api',
    program: 'swagger-typescript-api',
    args: 'generate --path openapi.json --output generated/swagger-typescript-api --name api.ts --generate-union-enums --disable-throw-on-error'.split(
      ' ',
    ),
  },
  { name: 'kubb', program: 'kubb', args: ['generate', '--config', 'kubb.config.js'] },
];

/** Installs the heavy generators, unless they are installed. */
export async function installHeavyGenerators(): Promise<void> {
  if (existsSync(join(installedFolder, 'node_modules/.package-lock.json'))) return;
  await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--workspaces=false'], {
    cwd: installedFolder,
  });
}

/** A client that was generated in a folder of its own. */
export type ForeignClient = AsyncDisposable & {
  /** Compiles the client and its program with `--strict`. @throws Error with the messages of the compiler */
  compile(): Promise<void>;
  /** Takes an order to APPROVED. Returns its states, and what the problem of a second approval says. */
  approveOrder(): Promise<string[]>;
};

/** Generates a client from the document of a service. @throws Error with the output of the generator, if it fails */
export async function generateClient({ name, program, args }: Generator, serviceUrl: string): Promise<ForeignClient> {
  const modules = join(lightGenerators.some((one) => one.name === name) ? folder : installedFolder, 'node_modules');
  await mkdir(join(modules, '.cache'), { recursive: true });
  const work = await mkdtemp(join(modules, '.cache', `${name}-`));
  await using opening = new AsyncDisposableStack();
  opening.defer(() => rm(work, { recursive: true, force: true }));
  for (const file of ['package.json', 'tsconfig.json', 'order.ts', `${name}.ts`])
    await cp(join(folder, file), join(work, file));
  for (const file of ['orval.config.js', 'kubb.config.js']) await cp(join(installedFolder, file), join(work, file));
  await symlink(modules, join(work, 'node_modules'));
  await writeFile(join(work, 'openapi.json'), await (await fetch(`${serviceUrl}/openapi.json`)).text());
  const run = async (tool: string, ...options: readonly string[]) =>
    runNode(process.execPath, [join(modules, '.bin', tool), ...options], {
      cwd: work,
      env: { ...process.env, SERVICE_URL: serviceUrl },
    });
  await run(program, ...args);
  const opened = opening.move();
  return {
    compile: async () => {
      await run('tsc', '--project', 'tsconfig.json');
    },
    approveOrder: async () => {
      const { approveOrder } = await import(pathToFileURL(await bundle(work, name)).href);
      return approveOrder(serviceUrl);
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Bundles a program, because generated files import each other without extensions. Returns the path of the bundle. */
async function bundle(work: string, name: string): Promise<string> {
  const outDir = join(work, 'bundle');
  const ssr = join(work, `${name}.ts`);
  await build({ root: work, configFile: false, logLevel: 'warn', ssr: { noExternal: true }, build: { ssr, outDir } });
  return join(outDir, `${name}.js`);
}
