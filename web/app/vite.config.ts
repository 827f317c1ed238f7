import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

// The server writes a fresh nonce in its place with every index page (embed.go).
const noncePlaceholder = '__CSP_NONCE__';

// preloadText asks for the latin text font before the style sheet is read.
function preloadText(): Plugin {
  return {
    name: 'preload-text-font',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(_, ctx) {
        const font = Object.keys(ctx.bundle ?? {}).find((f) => /inter-latin-opsz-normal.*\.woff2$/.test(f));
        if (!font) throw new Error('the latin text font is not in the bundle');
        return [{ tag: 'link', attrs: { rel: 'preload', href: `/${font}`, as: 'font', type: 'font/woff2', crossorigin: true } }];
      },
    },
  };
}

const backend = process.env.SIDETONE_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), preloadText()],
  html: { cspNonce: noncePlaceholder },
  build: {
    outDir: 'dist/site',
    emptyOutDir: true,
    target: 'es2022',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'], // they know light-dark(), which a copy of it could not turn dark in one place (the wallboard)
    assetsInlineLimit: (file) => (file.endsWith('.woff2') ? false : undefined),
    manifest: true,
    reportCompressedSize: false,
  },
  server: {
    proxy: {
      '^/api/': backend,
      '^/sim/': backend,
      '^/ws/': { target: backend.replace(/^http/, 'ws'), ws: true },
    },
    fs: { allow: ['../..'] },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
  },
});
