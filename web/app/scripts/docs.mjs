// Puts the console's fonts beside it under names of their own, for the pages that are made without Vite: /docs (web/docs).
import { copyFileSync, mkdirSync } from 'node:fs';

const fonts = {
  'inter.woff2': 'inter/files/inter-latin-opsz-normal.woff2',
  'jetbrains-mono.woff2': 'jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2',
};
const to = new URL('../dist/site/fonts/', import.meta.url);
mkdirSync(to, { recursive: true });
for (const [name, from] of Object.entries(fonts)) copyFileSync(new URL(`../node_modules/@fontsource-variable/${from}`, import.meta.url), new URL(name, to));
