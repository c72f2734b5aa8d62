import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { moveRange, position, ticks, tickText, zoomRange } from './time-scale';

const whole = { from: 1000, to: 11_000 };

describe('ticks', () => {
  test('are round, in the range, and not too many', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e11 }), fc.integer({ min: 2, max: 12 }), (length, count) => {
        const found = ticks({ from: 0, to: length }, 0, count);
        expect(found.length).toBeLessThanOrEqual(count + 1);
        for (const { at } of found) expect(at >= 0 && at <= 1).toBe(true);
      }),
    );
  });

  test('count from the origin, wherever the range begins', () => {
    expect(ticks({ from: 1250, to: 3250 }, 1000, 4).map((tick) => tick.offset)).toEqual([
      500, 1000, 1500, 2000,
    ]);
  });

  test.each([
    [0, '0'],
    [5000, '+5 s'],
    [5500, '+5.5 s'],
    [300_000, '+5 min'],
    [5_400_000, '+1 h 30 min'],
    [86_400_000, '+1 d'],
  ])('at %d ms is written %s', (offset, text) => expect(tickText(offset)).toBe(text));
});

test('zooming keeps what is under the pointer, and never leaves the whole', () => {
  const zoomed = zoomRange(whole, whole, 4, 0.5);
  expect(zoomed).toEqual({ from: 4750, to: 7250 });
  expect(position(6000, zoomed)).toBe(0.5);
  expect(zoomRange(zoomed, whole, 0.001, 0.2)).toEqual(whole);
});

test('moving stops at the ends', () => {
  const part = { from: 2000, to: 4000 };
  expect(moveRange(part, whole, 0.5)).toEqual({ from: 3000, to: 5000 });
  expect(moveRange(part, whole, -5)).toEqual({ from: 1000, to: 3000 });
  expect(moveRange(part, whole, 50)).toEqual({ from: 9000, to: 11_000 });
});
