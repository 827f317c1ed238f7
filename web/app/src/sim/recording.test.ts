import { expect, it } from 'vitest';
import type { TraceEvent } from './carrier.ts';
import { numberNamed, write } from './recording.ts';
import { parse } from './script.ts';

const ann = '+14155550142';
const bob = '+12125550107';
const line = { e164: '+14155550100', label: 'Support line', capabilities: [] };
const bills = { e164: '+14155550101', label: 'Billing line', capabilities: [] };
const about = {
  title: 'A try',
  handsets: [{ name: 'Ann', number: ann }, { name: 'to: "Bob"', number: bob }],
  numbers: [line, bills],
  pictures: (id: string) => (id === 'MM1' ? ['sample:label'] : ['data:image/png;base64,AA']),
  expectations: true,
};
let n = 0;
const event = (ms: number, e: Partial<TraceEvent> & Pick<TraceEvent, 'kind'>): TraceEvent => ({ n: ++n, at: new Date(1_700_000_000_000 + ms).toISOString(), ...e });

const story = [
  event(0, { kind: 'text_out', from: line.e164, to: ann, text: 'before anything was done' }),
  event(10, { kind: 'text_in', id: 'SM1', from: ann, to: line.e164, text: 'Hi\nthere' }),
  event(20, { kind: 'webhook', id: 'SM1', from: ann, to: line.e164, status: 200 }),
  event(100, { kind: 'text_out', from: line.e164, to: ann, text: 'Welcome to Fernhill Home, where everything is made of clay' }),
  event(2140, { kind: 'text_in', id: 'MM1', from: bob, to: bills.e164, media: ['http://x/1'], text: '' }),
  event(2150, { kind: 'text_in', id: 'MM2', from: ann, to: bills.e164, media: ['http://x/2'], text: 'see' }),
  event(2160, { kind: 'text_out', from: bills.e164, to: bob, text: 'Bill "7"' }),
  event(2170, { kind: 'fault', to: ann, fault: { to: ann, status: 'undelivered', error_code: '30006' } }),
  event(2180, { kind: 'text_in', id: 'SM9', from: '+19998887777', to: line.e164, text: 'a stranger' }),
  event(90_000, { kind: 'text_in', id: 'SM4', from: ann, to: bills.e164, text: 'bye' }),
];

it('what happened is written as a script, and reads back as one', () => {
  const source = write(story, about);
  expect(source).toBe(`# A try
phone Ann ${ann}
phone Handset to Bob ${bob}
to Support line
Ann: Hi\\nthere
expect "Welcome to Fernhill Home, where"
wait 2s
to Billing line
Handset to Bob [label]:
# a file of your own: the sample stands in for it
Ann [mug]: see
expect Handset to Bob "Bill \\"7\\""
network Ann landline
wait 60s
Ann: bye
`);
  expect(parse(source).problems).toEqual([]);
});

it('expectations can be left out', () => {
  expect(write(story, { ...about, expectations: false })).not.toContain('expect');
});

it('a number is found by its digits, its label or a part of it', () => {
  for (const to of ['+1 (415) 555-0101', 'Billing line', 'billing', 'BILL']) expect(numberNamed(to, about.numbers)).toBe(bills);
  expect(numberNamed('sales', about.numbers)).toBeUndefined();
});
