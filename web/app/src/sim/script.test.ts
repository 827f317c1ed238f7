import { describe, expect, it } from 'vitest';
import { duration, matches, parse, writeExpect, writeText } from './script.ts';

const marisol = 'phone Marisol +14155550142\n';
const stepsOf = (source: string) => parse(source).steps.map(({ line: _l, text: _t, ...rest }) => rest);
const problemsOf = (source: string) => parse(source).problems.map((p) => `${p.line} ${p.key.replace('script.bad.', '')}`);

describe('a script', () => {
  it('is read line by line', () => {
    const script = parse(
      '# Opt-in and menu\r\n\r\nphone Marisol Vega +14155550142\nphone Priya +12125550107\nto Support line\n' +
        'Marisol Vega: Hi: a mug\\narrived \\\\ chipped\nexpect "Welcome"\nwait 1.5s\nto +14155550101\nPriya [mug, label]: Look\npriya [dot]:\n' +
        'expect marisol vega "says \\"hi\\"" within 500ms\nexpect silence 2s\nnetwork Priya opted-out\n',
    );
    expect(script.problems).toEqual([]);
    expect(script.title).toBe('Opt-in and menu');
    expect(script.phones).toEqual([
      { name: 'Marisol Vega', number: '+14155550142' },
      { name: 'Priya', number: '+12125550107' },
    ]);
    expect(script.steps.map(({ text: _, ...rest }) => rest)).toEqual([
      { line: 6, kind: 'text', phone: '+14155550142', to: 'Support line', body: 'Hi: a mug\narrived \\ chipped', pictures: [] },
      { line: 7, kind: 'expect', phone: '+14155550142', words: 'Welcome', within: 10_000 },
      { line: 8, kind: 'wait', ms: 1500 },
      { line: 10, kind: 'text', phone: '+12125550107', to: '+14155550101', body: 'Look', pictures: ['mug', 'label'] },
      { line: 11, kind: 'text', phone: '+12125550107', to: '+14155550101', body: '', pictures: ['dot'] },
      { line: 12, kind: 'expect', phone: '+14155550142', words: 'says "hi"', within: 500 },
      { line: 13, kind: 'silence', phone: '+12125550107', ms: 2000 },
      { line: 14, kind: 'network', phone: '+12125550107', condition: 'opted-out' },
    ]);
  });

  it('says all that is wrong at once, and where', () => {
    expect(
      problemsOf(
        'phone Marisol\nphone wait +14155550142\nphone A:b +14155550142\nto\nwait soon\nwait 11m\nAnn: hi\nwhat is this\nexpect "x"\nexpect x\nexpect Ann "x"\nnetwork Ann\n' +
          marisol +
          'Marisol:\nMarisol [cat]: hi\nnetwork Marisol sunny\nexpect ""\nMarisol [' +
          'dot,'.repeat(11) +
          ']: x\nphone Priya +14155550142\nphone marisol +12125550107\n',
      ),
    ).toEqual([
      '1 phone',
      '2 name',
      '3 name',
      '4 to',
      '5 wait',
      '6 wait',
      '7 nobody',
      '8 line',
      '9 who',
      '10 expect',
      '11 nobody',
      '12 network',
      '14 empty',
      '15 picture',
      '16 network',
      '17 who',
      '18 pictures',
      '19 taken',
      '20 taken',
    ]);
  });

  it('may name the same phone twice', () => {
    expect(problemsOf(marisol + marisol)).toEqual([]);
  });

  it('a text may begin with a keyword, or hold one', () => {
    expect(stepsOf(`${marisol}Marisol: wait for me: to expect "x"`)).toMatchObject([{ body: 'wait for me: to expect "x"' }]);
  });

  it('nothing is read from nothing', () => {
    expect(parse('')).toEqual({ title: '', phones: [], steps: [], problems: [] });
  });
});

it.each([
  ['0s', 0],
  ['250ms', 250],
  ['1.5 s', 1500],
  ['10m', 600_000],
  ['10.1m', null],
  ['600001ms', null],
  ['5', null],
  ['-1s', null],
  ['1h', null],
])('%s is %s ms', (text, want) => {
  expect(duration(text)).toBe(want);
});

it.each(['plain', 'two\nlines', 'back\\slash \\n', 'it’s "quoted": yes', '🎁'])('%j is written so that it is read back', (body) => {
  expect(stepsOf(`${marisol}${writeText('Marisol', body, ['mug'])}`)).toMatchObject([{ body, pictures: ['mug'] }]);
  expect(stepsOf(`${marisol}${writeExpect('Marisol', body)}`)).toMatchObject([{ words: body }]);
});

it('words are found whatever their case', () => {
  expect(matches('WELCOME to Fernhill', 'welcome TO')).toBe(true);
  expect(matches('Welcome', 'Welcome back')).toBe(false);
});
