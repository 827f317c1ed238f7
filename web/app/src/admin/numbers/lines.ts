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

// Countries whose numbers may be written without their code, the calling code of each.
export const callingCodes = { US: '1', CA: '1', GB: '44', IE: '353', AU: '61', DE: '49', FR: '33', ES: '34', IT: '39', PT: '351', MX: '52', BR: '55', IN: '91' } as const;
export type Country = keyof typeof callingCodes;

// international is a number as the world writes it: "020 7946 0018" in GB is +442079460018. Short codes stay as they are, and
// so does what is no number: the server says what is wrong with it.
export function international(written: string, country: Country): string {
  const text = written.trim();
  const digits = text.replace(/[\s().\-/]/g, '');
  if (!/^\d{7,15}$/.test(digits)) return text.startsWith('+') && /^\+\d+$/.test(digits) ? digits : text;
  const code = callingCodes[country];
  if (code === '1') return `+${digits.length === 11 && digits.startsWith('1') ? '' : '1'}${digits}`;
  return `+${code}${country === 'IT' ? digits : digits.replace(/^0/, '')}`;
}

// isAddress says whether it can be a number: E.164, or a short code of 3 to 6 digits.
export function isAddress(address: string): boolean {
  if (/^\+1/.test(address)) return /^\+1[2-9]\d{2}[2-9]\d{6}$/.test(address);
  return /^\+[2-9]\d{6,14}$/.test(address) || /^\d{3,6}$/.test(address);
}
