// Configuration of Kubb.

import { defineConfig } from '@kubb/core';
import { pluginClient } from '@kubb/plugin-client';
import { pluginOas } from '@kubb/plugin-oas';
import { pluginTs } from '@kubb/plugin-ts';

// biome-ignore lint/style/noDefaultExport: Kubb reads the default export.
export default defineConfig({
  root: '.',
  input: { path: 'openapi.json' },
  output: { path: 'generated/kubb', clean: true, format: false, lint: false, extension: { '.ts': '' } },
  plugins: [
    pluginOas({ validate: false, generators: [] }),
    pluginTs({ output: { path: 'types.ts', barrelType: false } }),
    pluginClient({
      output: { path: 'client.ts', barrelType: false },
      client: 'fetch',
      bundle: true,
      dataReturnType: 'full',
    }),
  ],
});
