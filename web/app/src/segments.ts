// Counts texts as carriers do: GSM 03.38 with its extension table, else UCS-2 (spec 1.6). It shares its cases with
// internal/segments, so the meter and the bill can't differ.

export type Encoding = 'GSM-7' | 'UCS-2';

export interface Count {
  encoding: Encoding;
  units: number; // septets or UTF-16 units
  segments: number; // 0 for the empty text
  perSegment: number; // 160 or 153, 70 or 67
  left: number; // units free in the last segment
}

export interface Offender {
  char: string;
  index: number; // in characters from 0
  name: string;
  replacement: string | null; // plain GSM-7, null when there is none
}

const basic =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ' +
  ' !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§' +
  '¿abcdefghijklmnopqrstuvwxyzäöñüà';
const extended = '\f^{}\\[~]|€';
const septets = new Map([...[...basic].map((c) => [c, 1] as const), ...[...extended].map((c) => [c, 2] as const)]);

export function count(text: string): Count {
  const gsm = measure(text, (c) => septets.get(c), 160, 153);
  if (gsm) return { encoding: 'GSM-7', ...gsm };
  return { encoding: 'UCS-2', ...measure(text, (c) => c.length, 70, 67)! };
}

// measure fills parts with characters of one or two units; a pair that does not fit whole opens the next part.
function measure(text: string, size: (c: string) => number | undefined, single: number, part: number) {
  let units = 0;
  let parts = 0;
  let used = 0;
  for (const c of text) {
    const n = size(c);
    if (n === undefined) return null;
    units += n;
    if (parts > 0 && used + n <= part) used += n;
    else {
      parts++;
      used = n;
    }
  }
  if (units <= single) return { units, segments: Math.min(units, 1), perSegment: single, left: single - units };
  return { units, segments: parts, perSegment: part, left: part - used };
}

// forcesUnicode finds the first character that makes a text UCS-2, with the plain replacement to offer if there is one.
export function forcesUnicode(text: string): Offender | null {
  let index = 0;
  for (const char of text) {
    if (!septets.has(char)) {
      const smart = smarts.get(char);
      return { char, index, name: smart?.name ?? kindOf(char), replacement: smart?.to ?? null };
    }
    index++;
  }
  return null;
}

// replaceSmart replaces every typographic character that has a plain counterpart. It is only ever offered.
export function replaceSmart(text: string): string {
  let out = '';
  for (const c of text) out += septets.has(c) ? c : (smarts.get(c)?.to ?? c);
  return out;
}

function kindOf(c: string): string {
  const r = c.codePointAt(0)!;
  if ((r >= 0x1f000 && r < 0x20000) || (r >= 0x2600 && r < 0x27c0) || (r >= 0xfe00 && r < 0xfe10) || r === 0x200d) return 'emoji';
  if (/[\p{L}\p{M}]/u.test(c)) return 'letter';
  if (/\p{Cc}/u.test(c)) return 'control character';
  return 'symbol';
}

const smarts = new Map<string, { name: string; to: string }>(
  (
    [
      ['’', 'right single quotation mark', "'"],
      ['‘', 'left single quotation mark', "'"],
      ['“', 'left double quotation mark', '"'],
      ['”', 'right double quotation mark', '"'],
      ['–', 'en dash', '-'],
      ['—', 'em dash', '-'],
      ['…', 'ellipsis', '...'],
      ['\u00A0', 'no-break space', ' '],
      ['`', 'backtick', "'"],
      ['´', 'acute accent', "'"],
      ['\t', 'tab', ' '],
      ['‚', 'low single quotation mark', "'"],
      ['‛', 'reversed single quotation mark', "'"],
      ['„', 'low double quotation mark', '"'],
      ['‟', 'reversed double quotation mark', '"'],
      ['«', 'left guillemet', '"'],
      ['»', 'right guillemet', '"'],
      ['‹', 'left single guillemet', "'"],
      ['›', 'right single guillemet', "'"],
      ['ʼ', 'modifier apostrophe', "'"],
      ['′', 'prime', "'"],
      ['″', 'double prime', '"'],
      ['‐', 'hyphen', '-'],
      ['‑', 'no-break hyphen', '-'],
      ['‒', 'figure dash', '-'],
      ['―', 'horizontal bar', '-'],
      ['−', 'minus sign', '-'],
      ['•', 'bullet', '-'],
      ['·', 'middle dot', '-'],
      ['⁄', 'fraction slash', '/'],
      ['×', 'multiplication sign', 'x'],
      ['→', 'right arrow', '->'],
      ['←', 'left arrow', '<-'],
      ['™', 'trade mark sign', '(TM)'],
      ['®', 'registered sign', '(R)'],
      ['©', 'copyright sign', '(C)'],
      ['ﬁ', 'fi ligature', 'fi'],
      ['ﬂ', 'fl ligature', 'fl'],
      ['\u00AD', 'soft hyphen', ''],
      ['\u200B', 'zero-width space', ''],
      ['\u2060', 'word joiner', ''],
      ['\uFEFF', 'byte order mark', ''],
      ['\u2002', 'en space', ' '],
      ['\u2003', 'em space', ' '],
      ['\u2007', 'figure space', ' '],
      ['\u2008', 'punctuation space', ' '],
      ['\u2009', 'thin space', ' '],
      ['\u200A', 'hair space', ' '],
      ['\u202F', 'narrow no-break space', ' '],
      ['\u3000', 'ideographic space', ' '],
      ['\u2028', 'line separator', '\n'],
      ['\u2029', 'paragraph separator', '\n'],
    ] as const
  ).map(([c, name, to]) => [c, { name, to }]),
);
