// Puts the renderer of the contracts beside the console: /docs/try shows the public API with it (web/docs).
import { copyFileSync, mkdirSync } from 'node:fs';

const from = new URL('../node_modules/swagger-ui-dist/', import.meta.url);
const to = new URL('../dist/site/swagger/', import.meta.url);
mkdirSync(to, { recursive: true });
for (const file of ['swagger-ui-bundle.js', 'swagger-ui.css']) copyFileSync(new URL(file, from), new URL(file, to));
