import { expect, it } from 'vitest';
import { place } from './layer.ts';

const view = { width: 1000, height: 600 };
const menu = { width: 200, height: 300 };

it('a layer hangs under its button, at its right edge', () => {
  expect(place({ left: 700, top: 10, width: 100, height: 30 }, menu, view, 'bottom', 'end', 4)).toEqual({ left: 600, top: 44, maxHeight: 548 });
});

it('without room below it stands above', () => {
  expect(place({ left: 700, top: 500, width: 100, height: 30 }, menu, view, 'bottom', 'end', 4).top).toBe(196);
});

it('with too little room on both sides it takes the larger one and is no higher than that', () => {
  const low = { width: 1000, height: 360 };
  expect(place({ left: 0, top: 200, width: 100, height: 30 }, menu, low, 'bottom', 'start', 4)).toEqual({ left: 8, top: 8, maxHeight: 188 });
});

it('one that would leave the window at the side is moved in', () => {
  expect(place({ left: 2, top: 10, width: 40, height: 30 }, menu, view, 'bottom', 'end', 4).left).toBe(8);
  expect(place({ left: 950, top: 10, width: 40, height: 30 }, menu, view, 'bottom', 'start', 4).left).toBe(792);
});

it('a tip at the right goes left where the window ends', () => {
  expect(place({ left: 10, top: 100, width: 40, height: 40 }, { width: 80, height: 24 }, view, 'right', 'center', 4)).toMatchObject({ left: 54, top: 108 });
  expect(place({ left: 940, top: 100, width: 40, height: 40 }, { width: 80, height: 24 }, view, 'right', 'center', 4).left).toBe(856);
});
