// Numbers as people paste them: one a line, a label behind a comma, a semicolon or a tab.
export interface Line {
  line: number; // from 1, as in the field
  address: string;
  label: string;
}

export function readLines(text: string): Line[] {
  return text.split(/\r?\n/).flatMap((row, i) => {
    const [address = '', ...label] = row.split(/[,;\t]/);
    return address.trim() ? [{ line: i + 1, address: address.trim(), label: label.join(',').trim() }] : [];
  });
}

export const writeLines = (lines: readonly Line[]): string => lines.map((l) => (l.label ? `${l.address}, ${l.label}` : l.address)).join('\n');

// each runs a job for every item, so many at once, in their order.
export async function each<T>(items: readonly T[], atOnce: number, job: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await job(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
