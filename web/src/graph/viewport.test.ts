import { expect, test } from 'vitest';
import { publishImage } from '../../mock/cluster/definitions';
import * as fixture from '../../mock/cluster/executions';
import { draw } from './testing';
import {
  firstLook,
  follow,
  overlaps,
  pan,
  regionAround,
  reveal,
  showWhole,
  type Viewport,
  zoomAt,
} from './viewport';

const size = { width: 800, height: 600 };
const at = (viewport: Viewport, p: { x: number; y: number }) => ({
  x: (p.x - viewport.x) * viewport.zoom,
  y: (p.y - viewport.y) * viewport.zoom,
});

test('the whole view shows a large drawing whole', () => {
  const view = showWhole({ width: 4000, height: 900 }, size);
  expect(at(view, { x: 0, y: 0 }).x).toBeGreaterThanOrEqual(0);
  expect(at(view, { x: 4000, y: 900 }).x).toBeLessThanOrEqual(size.width);
});

test('the whole view does not blow up a small drawing', () => {
  expect(showWhole({ width: 100, height: 100 }, size).zoom).toBe(1);
});

test('zooming keeps what is under the pointer', () => {
  const view = { x: 30, y: 40, zoom: 0.8 };
  const pointer = { x: 200, y: 120 };
  const under = { x: view.x + pointer.x / view.zoom, y: view.y + pointer.y / view.zoom };
  const after = zoomAt(view, 1.7, pointer);
  expect(at(after, under).x).toBeCloseTo(pointer.x);
  expect(at(after, under).y).toBeCloseTo(pointer.y);
});

test('panning moves by window pixels at any zoom', () => {
  const view = { x: 0, y: 0, zoom: 0.5 };
  expect(at(pan(view, 10, 20), { x: 100, y: 100 })).toEqual({ x: 60, y: 70 });
});

test('a node in view is not moved, one out of view is brought in', () => {
  const { layout } = draw(publishImage);
  const node = layout.nodes.find((n) => n.id === 'verify');
  if (!node) throw new Error('no node');
  const view = reveal({ x: 0, y: 0, zoom: 1 }, node, size);
  expect(at(view, { x: node.x, y: node.y + node.height }).y).toBeLessThanOrEqual(size.height);
  expect(reveal(view, node, size)).toEqual(view);
});

test('the first look at a large drawing is readable and shows what matters', () => {
  const execution = fixture.switched(0);
  const { layout } = draw(publishImage, execution);
  const focus = layout.nodes.find((n) => n.id === 'verify');
  const view = firstLook(layout, { width: 390, height: 500 }, focus);
  expect(view.zoom).toBeGreaterThanOrEqual(0.6);
  const seen = at(view, { x: (focus?.x ?? 0) + 100, y: focus?.y ?? 0 });
  expect(seen.x).toBeGreaterThan(0);
  expect(seen.x).toBeLessThan(390);
});

test('when branches appear, the node under the eye stays', () => {
  const before = draw(publishImage).layout;
  const after = draw(publishImage, fixture.encoding(0)).layout;
  const node = (layout: typeof before) => layout.nodes.find((n) => n.id === 'by_country');
  const view = { x: 10, y: 20, zoom: 0.9 };
  const moved = follow(view, before, after, size, 'by_country');
  const [from, to] = [node(before), node(after)];
  if (!from || !to) throw new Error('no node');
  expect(from.x).not.toBe(to.x);
  const middle = (n: typeof from) => ({ x: n.x + n.width / 2, y: n.y });
  expect(at(moved, middle(to))).toEqual(at(view, middle(from)));
});

test('the drawn region covers the window wherever it is, and stays while it moves a little', () => {
  for (const [x, y] of [
    [0, 0],
    [-730, 410],
    [5000.5, -12],
  ] as const) {
    const view = { x, y, zoom: 0.8 };
    const region = regionAround(view, size);
    const seen = { x, y, width: size.width / 0.8, height: size.height / 0.8 };
    expect(region.x).toBeLessThanOrEqual(seen.x);
    expect(region.y).toBeLessThanOrEqual(seen.y);
    expect(region.x + region.width).toBeGreaterThanOrEqual(seen.x + seen.width);
    expect(region.y + region.height).toBeGreaterThanOrEqual(seen.y + seen.height);
  }
  expect(regionAround({ x: 10, y: 10, zoom: 1 }, size)).toEqual(
    regionAround({ x: 90, y: 60, zoom: 1 }, size),
  );
});

test('rectangles that only touch do not overlap', () => {
  const a = { x: 0, y: 0, width: 10, height: 10 };
  expect(overlaps(a, { ...a, x: 10 })).toBe(false);
  expect(overlaps(a, { ...a, x: 9 })).toBe(true);
});
