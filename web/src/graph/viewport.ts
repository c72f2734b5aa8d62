import type { GraphNode, Layout, Point } from './layout';

/** What part of the drawing is seen: a point p of the drawing appears at (p - origin) * zoom. */
export interface Viewport {
  x: number;
  y: number;
  zoom: number;
}

export interface Size {
  width: number;
  height: number;
}

export const minZoom = 0.05;
export const maxZoom = 2.5;

/** Below this the names cannot be read; a first look never goes below it. */
const readableZoom = 0.62;

const padding = 12;

/** Shows the whole drawing, at natural size if it is small. */
export function showWhole(layout: Size, size: Size): Viewport {
  const zoom = clampZoom(
    Math.min((size.width - 2 * padding) / layout.width, (size.height - 2 * padding) / layout.height, 1),
  );
  return {
    zoom,
    x: layout.width / 2 - size.width / 2 / zoom,
    y: Math.min(-padding / zoom, layout.height / 2 - size.height / 2 / zoom),
  };
}

/** The first look: everything if it can be read then, else the part around `focus` (or the start). */
export function firstLook(layout: Layout, size: Size, focus: GraphNode | undefined): Viewport {
  const whole = showWhole(layout, size);
  if (whole.zoom >= readableZoom) return whole;
  const zoom = Math.min(1, Math.max(readableZoom, (size.width - 2 * padding) / layout.width));
  const at = focus ?? layout.nodes[0];
  const seen = { width: size.width / zoom, height: size.height / zoom };
  const x = at ? at.x + at.width / 2 - seen.width / 2 : 0;
  const y = at ? at.y - seen.height / 3 : 0;
  return { zoom, x: clampAxis(x, layout.width, seen.width), y: clampAxis(y, layout.height, seen.height) };
}

/** Keeps a window of length `seen` within the drawing, or centres the drawing in it. */
function clampAxis(at: number, length: number, seen: number): number {
  if (length <= seen) return (length - seen) / 2;
  return Math.min(Math.max(at, -padding), length - seen + padding);
}

export function clampZoom(zoom: number): number {
  return Math.min(maxZoom, Math.max(minZoom, zoom));
}

/** Zooms by `factor` so that what is under `at` (in window coordinates) stays there. */
export function zoomAt(viewport: Viewport, factor: number, at: Point): Viewport {
  const zoom = clampZoom(viewport.zoom * factor);
  return {
    zoom,
    x: viewport.x + at.x / viewport.zoom - at.x / zoom,
    y: viewport.y + at.y / viewport.zoom - at.y / zoom,
  };
}

/** Moves the drawing by window pixels. */
export function pan(viewport: Viewport, dx: number, dy: number): Viewport {
  return { ...viewport, x: viewport.x - dx / viewport.zoom, y: viewport.y - dy / viewport.zoom };
}

/** The smallest move that brings the node whole into view; none if it is there already. Frames: their head. */
export function reveal(viewport: Viewport, node: GraphNode, size: Size): Viewport {
  const height = Math.min(node.height, 60);
  return {
    ...viewport,
    x: revealAxis(viewport.x, node.x, node.width, size.width / viewport.zoom),
    y: revealAxis(viewport.y, node.y, height, size.height / viewport.zoom),
  };
}

function revealAxis(at: number, start: number, length: number, seen: number): number {
  const room = Math.min(40, Math.max(0, (seen - length) / 2));
  if (start - room < at) return start - room;
  if (start + length + room > at + seen) return start + length + room - seen;
  return at;
}

/**
 * The viewport after the drawing changed, such that the node under the eye stays where it is: the given anchor, else the
 * node nearest to the middle of the window that both drawings have.
 */
export function follow(
  viewport: Viewport,
  before: Layout,
  after: Layout,
  size: Size,
  anchor: string | undefined,
): Viewport {
  const next = new Map(after.nodes.map((node) => [node.id, node]));
  const middle = {
    x: viewport.x + size.width / viewport.zoom / 2,
    y: viewport.y + size.height / viewport.zoom / 2,
  };
  let best: { node: GraphNode; to: GraphNode; rank: number } | undefined;
  for (const node of before.nodes) {
    const to = next.get(node.id);
    if (!to) continue;
    const rank = node.id === anchor ? -1 : Math.abs(axis(node) - middle.x) + Math.abs(node.y - middle.y);
    if (!best || rank < best.rank) best = { node, to, rank };
  }
  if (!best) return viewport;
  return {
    ...viewport,
    x: viewport.x + axis(best.to) - axis(best.node),
    y: viewport.y + best.to.y - best.node.y,
  };
}

function axis(node: GraphNode): number {
  return node.x + node.width / 2;
}

/** A rectangle of the drawing. */
export interface Region {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * What is in view and a good deal around it, in steps of half a window: it stays the same while the view moves a little,
 * so that what is drawn does too.
 */
export function regionAround(viewport: Viewport, size: Size): Region {
  const stepX = size.width / viewport.zoom / 2;
  const stepY = size.height / viewport.zoom / 2;
  return {
    x: (Math.floor(viewport.x / stepX) - 1) * stepX,
    y: (Math.floor(viewport.y / stepY) - 1) * stepY,
    width: stepX * 5,
    height: stepY * 5,
  };
}

export function overlaps(a: Region, b: Region): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
