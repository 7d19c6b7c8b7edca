// Prepares a release: sets the version, builds and checks the package, packs it, and keeps the OpenAPI document that is
// released, with which later documents are compared.
//
//   npm run release              # packs the current version
//   npm run release -- 1.2.0     # or major, minor, patch: sets the version of the service and of the SDK first

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const target = join(import.meta.dirname, 'release');
const [version] = process.argv.slice(2);

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { cwd: root, stdio: 'inherit' });
}

if (version !== undefined) {
  run('npm', 'version', version, '--no-git-tag-version', '--workspaces', '--include-workspace-root');
}
run('npm', 'run', 'openapi');
copyFileSync(join(root, 'openapi/openapi.json'), join(root, 'openapi/released.json'));
writeFileSync(join(root, 'openapi/accepted-changes.json'), '[]\n');
mkdirSync(target, { recursive: true });
// The check packs the folder, which builds it.
run('npm', 'run', 'check', '--workspace', 'client');
run('npm', 'pack', '--workspace', 'client', '--ignore-scripts', '--pack-destination', target);
