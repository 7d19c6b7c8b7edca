// Entry point of the console: renders it into the element #root.

import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ConsoleApp } from './app.tsx';
import { createQueryClient } from './data/query-client.ts';

const root = document.getElementById('root');
if (!root) throw new Error('the page has no element #root');

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={createQueryClient()}>
      <ConsoleApp />
    </QueryClientProvider>
  </StrictMode>,
);
