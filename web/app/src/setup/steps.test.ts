import { describe, expect, it } from 'vitest';
import { after, asked, before, lacks, stepOf, steps, stopAt, type Answers } from './steps.ts';

const all: Answers = {
  token: 't',
  company: 'Fernhill Home',
  name: 'Ines Marchetti',
  email: 'ines@fernhill.example',
  password: 'correct horse',
  carrier: 'simulator',
  sid: '',
  auth: '',
  number: '+14155550100',
  tree: 'shop',
  zone: 'America/Los_Angeles',
  lang: 'en',
  more: [],
};

describe('the way through the first run', () => {
  it('leaves credentials out for who takes the simulator', () => {
    expect(asked(all)).toEqual(steps.filter((s) => s !== 'sid' && s !== 'auth'));
    expect(after('carrier', all)).toBe('number');
    expect(before('number', all)).toBe('carrier');
    expect(after('carrier', { ...all, carrier: 'twilio' })).toBe('sid');
  });
  it('has two ends', () => {
    expect(before('token', all)).toBeNull();
    expect(after('more', all)).toBeNull();
  });
  it('stops at what is missing, as after a reload the password is', () => {
    expect(stopAt('zone', { ...all, password: '' })).toBe('password');
    expect(stopAt('zone', all)).toBe('zone');
    expect(stopAt('sid', all)).toBe('token'); // not on this way
    expect(stopAt('more', { ...all, carrier: 'twilio', sid: 'AC1' })).toBe('auth');
  });
});

describe('an answer', () => {
  it.each([
    ['company', { company: ' ' }],
    ['company', { company: 'x'.repeat(201) }],
    ['email', { email: 'ines' }],
    ['password', { password: '1234567' }],
    ['sid', { sid: 'AC 1' }],
    ['number', { number: '415555010' }],
    ['carrier', { carrier: '' }],
    ['lang', { lang: '' }],
  ] as const)('of %s that will not do', (step, change) => expect(lacks(step, { ...all, ...change } as Answers)).toBe(true));
  it.each(steps.filter((s) => s !== 'sid' && s !== 'auth'))('of %s that will', (step) => expect(lacks(step, all)).toBe(false));
  it('may be a short code, and a password may have spaces', () => {
    expect(lacks('number', { ...all, number: '24365' })).toBe(false);
    expect(lacks('password', { ...all, password: '        ' })).toBe(false);
  });
});

it('a refused field leads to its step', () => {
  expect(stepOf('admin.email')).toBe('email');
  expect(stepOf('carrier.auth_token')).toBe('auth');
  expect(stepOf('auth_token')).toBe('auth');
  expect(stepOf('languages')).toBe('lang');
  expect(stepOf(undefined)).toBeNull();
});
