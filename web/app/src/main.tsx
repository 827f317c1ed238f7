import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '@fontsource-variable/inter/opsz.css';
import '@fontsource-variable/jetbrains-mono/index.css';
import './tokens.css';
import './base.css';
import { theme } from './mantine.ts';
import { Tips } from './parts/tips.tsx';
import { makeRouter } from './router.tsx';
import { keepLiveData } from './shell/live.tsx';

const cache = new QueryClient({ defaultOptions: { queries: { retry: 1, refetchOnWindowFocus: false } } });
keepLiveData(cache);
const router = makeRouter(cache);

// The server's nonce: Mantine adds a style tag of its own (spec 6, 1.4 item 7).
const nonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? '';

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={cache}>
      <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
        <RouterProvider router={router} />
        <Tips />
      </MantineProvider>
    </QueryClientProvider>
  </StrictMode>,
);
