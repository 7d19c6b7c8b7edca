// Prepares a release: sets the version, builds and checks the package, and packs it.
//
//   npm run release              # packs the current version
//   npm run release -- 1.2.0     # or major, minor, patch: sets the version of the service and of the SDK first

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
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
mkdirSync(target, { recursive: true });
// The check packs the folder, which builds it.
run('npm', 'run', 'check', '--workspace', 'client');
run('npm', 'pack', '--workspace', 'client', '--ignore-scripts', '--pack-destination', target);
