import { lengthText } from './task-policy';

/** A stretch of time in epoch milliseconds. */
export interface TimeRange {
  from: number;
  to: number;
}

export interface Tick {
  /** Part of the range, 0 to 1. */
  at: number;
  /** Milliseconds since the origin. */
  offset: number;
}

/** Where a moment lies in the range: 0 at its start, 1 at its end. */
export function position(time: number, range: TimeRange): number {
  return (time - range.from) / (range.to - range.from);
}

const steps = [1, 2, 5].flatMap((n) => [n, n * 10, n * 100]);
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Distances between ticks that people can count in, in milliseconds. */
const tickSteps = [
  ...steps,
  ...[1, 2, 5, 10, 15, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
  ...[1, 2, 7, 14, 30, 90, 365].map((n) => n * day),
].sort((a, b) => a - b);

/** At most `count` round moments in the range, counted from the origin. */
export function ticks(range: TimeRange, origin: number, count: number): Tick[] {
  const length = range.to - range.from;
  const step = tickSteps.find((each) => length / each <= count) ?? Math.ceil(length / count / day) * day;
  const found: Tick[] = [];
  for (let n = Math.ceil((range.from - origin) / step); origin + n * step <= range.to; n++) {
    found.push({ at: position(origin + n * step, range), offset: n * step });
  }
  return found;
}

/** "+5 s", "+1 h 30 min": a span without the units that are nought. */
export function tickText(offset: number): string {
  return offset === 0 ? '0' : `+${lengthText(offset / 1000)}`;
}

/** The range zoomed by `factor` around a part of it (0 to 1), within the whole. */
export function zoomRange(range: TimeRange, whole: TimeRange, factor: number, around: number): TimeRange {
  const length = Math.max(1, Math.min((range.to - range.from) / factor, whole.to - whole.from));
  const middle = range.from + (range.to - range.from) * around;
  return shifted({ from: middle - length * around, to: middle + length * (1 - around) }, whole);
}

/** The range moved by a part of its length, within the whole. */
export function moveRange(range: TimeRange, whole: TimeRange, by: number): TimeRange {
  const distance = (range.to - range.from) * by;
  return shifted({ from: range.from + distance, to: range.to + distance }, whole);
}

function shifted(range: TimeRange, whole: TimeRange): TimeRange {
  const by = Math.max(0, whole.from - range.from) - Math.max(0, range.to - whole.to);
  return { from: range.from + by, to: range.to + by };
}
