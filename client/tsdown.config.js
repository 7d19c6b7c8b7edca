// Builds the package: ESM and CommonJS with declarations. What it imports is part of it, so that it has no dependencies.

import { defineConfig } from 'tsdown';

const bundled = ['eventsource-parser', 'standardwebhooks', '@stablelib/base64', 'fast-sha256'];

// biome-ignore lint/style/noDefaultExport: tsdown reads the default export.
export default defineConfig({
  entry: ['index.ts', 'webhooks.ts'],
  format: ['esm', 'cjs'],
  platform: 'neutral',
  target: 'es2022',
  tsconfig: 'tsconfig.build.json',
  dts: true,
  fixedExtension: false,
  hash: false,
  logLevel: 'warn',
  deps: { onlyBundle: bundled },
  inputOptions: { resolve: { mainFields: ['module', 'main'] } },
});
