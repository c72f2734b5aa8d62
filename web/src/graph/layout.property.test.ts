import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyDefinition, anyExecution } from './arbitrary';
import type { GraphNode, Layout } from './layout';
import { edgeState } from './overlay';
import { draw } from './testing';

test('no two nodes overlap, and frames hold their contents whole', () => {
  fc.assert(
    fc.property(anyDefinition, (definition) => {
      const { nodes } = draw(definition).layout;
      for (const [i, a] of nodes.entries()) {
        for (const b of nodes.slice(i + 1)) {
          if (!overlap(a, b)) continue;
          const [outer, inner] = a.role === 'frame' && contains(a, b) ? [a, b] : [b, a];
          expect(outer.role, `${a.id} overlaps ${b.id}`).toBe('frame');
          expect(contains(outer, inner), `${outer.id} cuts ${inner.id}`).toBe(true);
        }
      }
    }),
  );
});

test('everything lies on the canvas', () => {
  fc.assert(
    fc.property(anyDefinition, (definition) => {
      const { layout } = draw(definition);
      const canvas = { x: 0, y: 0, width: layout.width, height: layout.height };
      for (const node of layout.nodes) expect(contains(canvas, node), node.id).toBe(true);
      for (const edge of layout.edges) {
        for (const p of edge.points) {
          expect(p.x >= 0 && p.x <= layout.width && p.y >= 0 && p.y <= layout.height, edge.id).toBe(true);
        }
      }
    }),
  );
});

test('every edge joins existing nodes, touches both, and turns at right angles only', () => {
  fc.assert(
    fc.property(anyDefinition, (definition) => {
      const { layout } = draw(definition);
      const nodes = new Map(layout.nodes.map((node) => [node.id, node]));
      for (const edge of layout.edges) {
        const from = nodes.get(edge.from);
        const to = nodes.get(edge.to);
        const [first] = edge.points;
        const last = edge.points.at(-1);
        if (!from || !to || !first || !last) throw new Error(`${edge.id} hangs in the air`);
        expect(touches(from, first), `${edge.id} does not start at its node`).toBe(true);
        expect(touches(to, last), `${edge.id} does not end at its node`).toBe(true);
        edge.points.slice(1).forEach((p, i) => {
          const before = edge.points[i];
          expect(before && (before.x === p.x) !== (before.y === p.y), `${edge.id} is slanted`).toBe(true);
        });
      }
    }),
  );
});

test('ids are unique', () => {
  fc.assert(
    fc.property(anyDefinition, (definition) => {
      const { layout } = draw(definition);
      for (const ids of [layout.nodes.map((n) => n.id), layout.edges.map((e) => e.id)]) {
        expect(new Set(ids).size).toBe(ids.length);
      }
    }),
  );
});

test('no line runs through a node', () => {
  fc.assert(
    fc.property(anyDefinition, (definition) => {
      const { layout } = draw(definition);
      const solid = layout.nodes.filter((node) => node.role !== 'frame');
      for (const edge of layout.edges) {
        for (const node of solid)
          expect(crosses(edge.points, node), `${edge.id} through ${node.id}`).toBe(false);
      }
    }),
  );
});

test('an execution in any state leaves everything where it was', () => {
  const both = anyDefinition.chain((definition) =>
    fc.tuple(fc.constant(definition), anyExecution(definition)),
  );
  fc.assert(
    fc.property(both, ([definition, execution]) => {
      const before = draw(definition);
      const during = draw(definition, execution);
      expect(positions(during.layout)).toEqual(positions(before.layout));
      for (const edge of during.layout.edges) {
        if (during.overlay)
          expect(['taken', 'untaken', 'pending']).toContain(edgeState(edge, during.overlay));
      }
      for (const node of during.layout.nodes) expect(during.overlay?.nodes.has(node.id), node.id).toBe(true);
    }),
  );
});

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function contains(outer: Box, inner: Box): boolean {
  return (
    outer.x <= inner.x &&
    outer.y <= inner.y &&
    outer.x + outer.width >= inner.x + inner.width &&
    outer.y + outer.height >= inner.y + inner.height
  );
}

/** Frames are also left and entered below their head, in the middle of their box. */
function touches(node: GraphNode, p: { x: number; y: number }): boolean {
  if (node.role === 'frame') return p.x >= node.x && p.x <= node.x + node.width && p.y >= node.y;
  return p.x === node.x + node.width / 2 && (p.y === node.y || p.y === node.y + node.height);
}

function crosses(points: readonly { x: number; y: number }[], node: Box): boolean {
  return points.slice(1).some((p, i) => {
    const before = points[i] ?? p;
    const box = {
      x: Math.min(p.x, before.x),
      y: Math.min(p.y, before.y),
      width: Math.abs(p.x - before.x),
      height: Math.abs(p.y - before.y),
    };
    return overlap(box, node);
  });
}

function positions(layout: Layout) {
  return layout.nodes.map(({ id, x, y, width, height }) => ({ id, x, y, width, height }));
}
