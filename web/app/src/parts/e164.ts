// e164 reads a number as people write it: "(415) 555-0142" is a US one, "+44 …" says its own country. Null: not a number yet.
export function e164(written: string): string | null {
  const digits = written.replace(/\D/g, '');
  if (written.trim().startsWith('+')) return digits.length >= 8 && digits.length <= 15 && (!digits.startsWith('1') || digits.length === 11) ? `+${digits}` : null;
  const ten = digits.length === 11 && digits.startsWith('1') ? digits.slice(1) : digits;
  return /^[2-9]\d{2}[2-9]\d{6}$/.test(ten) ? `+1${ten}` : null;
}
