// Vite configuration: builds the console into web/dist. The development server forwards API requests to the service on
// this machine, at the port in `PORT` as for the service itself.

import { join } from 'node:path';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const servicePaths = [
  '/orders',
  '/validations',
  '/events',
  '/webhooks',
  '/policy',
  '/stats',
  '/identity',
  '/health',
  '/problems',
  '/openapi.json',
  '/docs',
];
const service = `http://127.0.0.1:${process.env.PORT ?? '8000'}`;

// Development uses the sources of the SDK, so that a change of them needs no build.
const sdkSources = { '@order-workflow/client': join(import.meta.dirname, '../client/index.ts') };

export default defineConfig(({ command }) => ({
  root: import.meta.dirname,
  // Relative URLs: the service may be reached at a path below the root of its host.
  base: './',
  plugins: [react(), tailwindcss()],
  resolve: { alias: command === 'serve' ? sdkSources : {} },
  build: { outDir: 'dist', emptyOutDir: true },
  server: {
    // Keep the Host header of the page, because the service compares it with the Origin header.
    proxy: Object.fromEntries(servicePaths.map((path) => [path, { target: service, changeOrigin: false }])),
  },
}));
