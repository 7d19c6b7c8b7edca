// Builds the console into web/dist, and serves it for development in front of a service on this machine.

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
  '/health',
  '/problems',
  '/openapi.json',
  '/docs',
];
const service = 'http://127.0.0.1:8000';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss()],
  build: { outDir: 'dist', emptyOutDir: true },
  server: {
    // The Host header stays that of the page: the service compares it with the Origin.
    proxy: Object.fromEntries(servicePaths.map((path) => [path, { target: service, changeOrigin: false }])),
  },
});
