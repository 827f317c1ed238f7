// Checks the budgets of spec 6, 1.5: the first load of /desk and every lazy route, in KiB of gzip.
import { readFileSync, statSync } from 'node:fs';

const site = new URL('../dist/site/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', site)));
const budgets = [
  { name: 'first load of /desk', roots: ['index.html', 'src/desk/Desk.tsx'], limit: 230 },
  { name: 'simulator, beyond the shell', roots: ['src/sim/Simulator.tsx'], without: ['index.html'], limit: 160 },
  { name: 'monitor, beyond the shell', roots: ['src/monitor/pages.tsx'], without: ['index.html'], limit: 160 },
  { name: 'administration, beyond the shell', roots: ['src/admin/Admin.tsx'], without: ['index.html'], limit: 160 },
];

function files(key, into = new Set()) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`${key} is not in the manifest`);
  for (const f of [chunk.file, ...(chunk.css ?? [])]) into.add(f);
  for (const next of chunk.imports ?? []) files(next, into);
  return into;
}

let failed = false;
for (const { name, roots, without = [], limit } of budgets) {
  const had = new Set(without.flatMap((k) => [...files(k)]));
  const loaded = new Set(roots.flatMap((k) => [...files(k)]).filter((f) => !had.has(f)));
  const size = [...loaded].reduce((sum, f) => sum + statSync(new URL(`${f}.gz`, site)).size, 0) / 1024;
  failed ||= size > limit;
  console.log(`${size > limit ? 'over ' : 'ok   '} ${name}: ${size.toFixed(1)} of ${limit} KiB gzip`);
}
process.exit(failed ? 1 : 0);
