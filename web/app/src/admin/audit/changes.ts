// What changed between two states of a thing, field by field.
export interface Change {
  field: string; // '' when the thing is a single value
  before: string | undefined;
  after: string | undefined;
}

export function changes(before: unknown, after: unknown): Change[] {
  if (!plain(before) && !plain(after)) return same(before, after) ? [] : [{ field: '', before: shown(before), after: shown(after) }];
  const b = plain(before) ? before : {};
  const a = plain(after) ? after : {};
  return [...new Set([...Object.keys(b), ...Object.keys(a)])]
    .filter((field) => !same(b[field], a[field]))
    .map((field) => ({ field, before: shown(b[field]), after: shown(a[field]) }))
    .filter((c) => c.before !== c.after);
}

function plain(v: unknown): v is Record<string, unknown> {
  return typeof v === 'object' && v !== null && !Array.isArray(v);
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

export const week = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

// shown is a value as people read it; nothing is undefined.
function shown(v: unknown): string | undefined {
  if (v === undefined || v === null || v === '') return undefined;
  if (Array.isArray(v)) return v.length === 0 ? undefined : v.map((x) => shown(x) ?? '–').join(', ');
  if (!plain(v)) return String(v);
  if (Object.keys(v).every((k) => k === 'from' || k === 'to')) return `${String(v.from)}–${String(v.to)}`;
  return Object.entries(v)
    .sort(([a], [b]) => week.indexOf(a) - week.indexOf(b)) // what is no day stays where it was
    .map(([k, x]) => `${k} ${shown(x) ?? '–'}`)
    .join('; ');
}
