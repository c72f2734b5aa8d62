import type { Arm, Figure, Frame, NodeRole, NodeSpec, Split } from './figure';

/**
 * Positions for figures, top to bottom, in one recursion: every figure is measured as a box around a vertical axis
 * that its entry and its exit lie on, sequences stack boxes on one axis, splits put axes side by side. Lengths are in
 * CSS pixels at zoom 1.
 */
export interface Layout {
  width: number;
  height: number;
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
}

export interface GraphNode extends NodeSpec {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * - flow: from one node to the next
 * - arm: from the head of a split into one of its arms
 * - tail: from the end of an arm to the tail of its split
 * - enter: from a frame to the first node in it
 * - back: from the last node in a loop to its frame
 */
export type EdgeRole = 'flow' | 'arm' | 'tail' | 'enter' | 'back';

export interface GraphEdge {
  id: string;
  from: string;
  to: string;
  role: EdgeRole;
  /** Corners of an orthogonal line, from `from` to `to`. */
  points: readonly Point[];
  /** Which arm it belongs to (arm, tail). */
  arm?: Arm & { index: number; head: string };
  label?: EdgeLabel;
}

export interface EdgeLabel extends Point {
  text: string;
  width: number;
}

export interface Point {
  x: number;
  y: number;
}

/** Sizes of the nodes by role. A frame's size is that of its contents; the one here is its head. */
export const nodeSize: Record<NodeRole, { width: number; height: number }> = {
  start: { width: 28, height: 28 },
  end: { width: 28, height: 28 },
  task: { width: 240, height: 56 },
  group: { width: 240, height: 88 },
  frame: { width: 328, height: 60 },
  merge: { width: 10, height: 10 },
};

const gap = {
  /** Between nodes in a row of flow. */
  flow: 36,
  /** Between arms. */
  arm: 32,
  /** From a head down to the line that spreads over its arms, and from arms to the line that gathers them. */
  bus: 18,
  /** From the spreading line down to the arms; room for a label. */
  spread: 24,
  labelled: 48,
  /** Inside frames. */
  frame: 24,
  /** The lane of a loop's way back. */
  lane: 24,
} as const;

const margin = 16;
export const labelHeight = 22;
const maxLabelWidth = 176;
const minArmWidth = 56;

export function layOut(figures: readonly Figure[]): Layout {
  const whole = measureSequence(figures);
  const canvas: Canvas = { nodes: [], edges: [] };
  whole.place(canvas, margin + whole.left, margin);
  return {
    width: Math.ceil(whole.left + whole.right + 2 * margin),
    height: Math.ceil(whole.height + 2 * margin),
    ...canvas,
  };
}

interface Canvas {
  nodes: GraphNode[];
  edges: GraphEdge[];
}

/** A figure of known size. Left and right are counted from the axis. */
interface Measured {
  left: number;
  right: number;
  height: number;
  /** Puts it on the canvas with its axis at x and its top at y. */
  place: (canvas: Canvas, x: number, y: number) => Ports;
}

/** Where a placed figure is entered and left. Without an exit nothing follows it. */
interface Ports {
  entry: Port | undefined;
  exit: Port | undefined;
}

interface Port extends Point {
  id: string;
}

function measure(figure: Figure): Measured {
  switch (figure.kind) {
    case 'leaf':
      return measureNode(figure.node);
    case 'split':
      return measureSplit(figure);
    case 'frame':
      return measureFrame(figure);
  }
}

function measureNode(node: NodeSpec): Measured {
  const { width, height } = nodeSize[node.role];
  return {
    left: width / 2,
    right: width / 2,
    height,
    place: (canvas, x, y) => {
      canvas.nodes.push({ ...node, x: x - width / 2, y, width, height });
      return { entry: { id: node.id, x, y }, exit: { id: node.id, x, y: y + height } };
    },
  };
}

function measureSequence(figures: readonly Figure[]): Measured {
  const parts = figures.map(measure);
  return {
    left: Math.max(0, ...parts.map((p) => p.left)),
    right: Math.max(0, ...parts.map((p) => p.right)),
    height: parts.reduce((sum, p) => sum + p.height, 0) + Math.max(0, parts.length - 1) * gap.flow,
    place: (canvas, x, y) => {
      let entry: Port | undefined;
      let exit: Port | undefined;
      parts.forEach((part, i) => {
        const ports = part.place(canvas, x, y);
        if (i === 0) entry = ports.entry;
        else if (exit && ports.entry) canvas.edges.push(edge('flow', exit, ports.entry, [exit, ports.entry]));
        exit = ports.exit;
        y += part.height + gap.flow;
      });
      return { entry, exit };
    },
  };
}

function measureSplit(split: Split): Measured {
  const head = measureNode(split.head);
  const tail = measureNode(split.tail);
  const arms = split.arms.map((arm) => measureArm(arm));
  const labelled = split.arms.some((arm) => arm.label !== undefined);

  // Axes of the arms, counted from the left border of the first; the split's own axis lies in their middle.
  const axes: number[] = [];
  let width = 0;
  for (const arm of arms) {
    axes.push(width + arm.left);
    width += arm.left + arm.right + gap.arm;
  }
  width -= gap.arm;
  const axis = ((axes[0] ?? 0) + (axes.at(-1) ?? 0)) / 2;

  const armsTop = head.height + gap.bus + (labelled ? gap.labelled : gap.spread);
  const armsHeight = Math.max(...arms.map((arm) => arm.height));
  const gathered = armsTop + armsHeight + gap.bus;
  const open = split.arms.some((arm) => !arm.ends);
  const tailTop = gathered + gap.spread;

  return {
    left: Math.max(axis, head.left),
    right: Math.max(width - axis, head.right),
    height: open ? tailTop + tail.height : armsTop + armsHeight,
    place: (canvas, x, y) => {
      const from = head.place(canvas, x, y);
      const to = open ? { id: split.tail.id, x, y: y + tailTop } : undefined;
      split.arms.forEach((arm, index) => {
        const measured = arms[index];
        if (!measured || !from.exit) return;
        const armX = x - axis + (axes[index] ?? 0);
        const ports = measured.place(canvas, armX, y + armsTop);
        const meta = { arm: { ...arm, index, head: split.head.id } };
        const down: Point[] = [
          { x, y: y + head.height + gap.bus },
          { x: armX, y: y + head.height + gap.bus },
        ];
        const up: Point[] = [
          { x: armX, y: y + gathered },
          { x, y: y + gathered },
        ];
        const label =
          arm.label === undefined ? {} : { label: placeLabel(arm.label, armX, y + head.height + gap.bus) };
        if (ports.entry) {
          canvas.edges.push({
            ...edge('arm', from.exit, ports.entry, [from.exit, ...down, ports.entry]),
            ...meta,
            ...label,
          });
        } else if (to) {
          const through = edge('arm', from.exit, to, [from.exit, ...down, ...up, to]);
          canvas.edges.push({ ...through, id: `${through.id}#${index}`, ...meta, ...label });
        }
        if (ports.exit && to && !arm.ends) {
          canvas.edges.push({
            ...edge('tail', ports.exit, to, [ports.exit, ...up, to]),
            ...meta,
          });
        }
      });
      // After its arms: the order of the nodes is also the one in which they are read out.
      const exit = open ? tail.place(canvas, x, y + tailTop).exit : undefined;
      return { entry: from.entry, exit };
    },
  };
}

function measureArm(arm: Arm): Measured {
  const body = measureSequence(arm.figures);
  const half = Math.max(minArmWidth, arm.label === undefined ? 0 : labelWidth(arm.label)) / 2;
  return { ...body, left: Math.max(body.left, half), right: Math.max(body.right, half) };
}

function measureFrame(frame: Frame): Measured {
  const head = nodeSize.frame;
  const body = measureSequence(frame.body);
  const lane = frame.loop ? gap.lane : 0;
  const left = Math.max(body.left + lane + gap.frame, head.width / 2);
  const right = Math.max(body.right + gap.frame, head.width / 2);
  const bodyTop = head.height + gap.flow;
  const height = bodyTop + body.height + gap.frame + (frame.loop ? gap.bus : 0);
  return {
    left,
    right,
    height,
    place: (canvas, x, y) => {
      const { id } = frame.node;
      canvas.nodes.push({ ...frame.node, x: x - left, y, width: left + right, height });
      const ports = body.place(canvas, x, y + bodyTop);
      const under: Port = { id, x, y: y + head.height };
      if (ports.entry) canvas.edges.push(edge('enter', under, ports.entry, [under, ports.entry]));
      if (frame.loop && ports.exit) {
        const turn = ports.exit.y + gap.bus;
        const laneX = x - body.left - lane;
        const back: Port = { id, x: laneX, y: y + head.height };
        const corners = [
          { x, y: turn },
          { x: laneX, y: turn },
        ];
        canvas.edges.push(edge('back', ports.exit, back, [ports.exit, ...corners, back]));
      }
      return { entry: { id, x, y }, exit: { id, x, y: y + height } };
    },
  };
}

function edge(role: EdgeRole, from: Port, to: Port, points: readonly Point[]): GraphEdge {
  return { id: `${from.id} > ${to.id}`, from: from.id, to: to.id, role, points: straighten(points) };
}

/** Drops corners at which the line does not turn. */
function straighten(points: readonly Point[]): Point[] {
  const out: Point[] = [];
  for (const { x, y } of points) {
    const b = out.at(-1);
    const a = out.at(-2);
    if (b && b.x === x && b.y === y) continue;
    if (a && b && ((a.x === b.x && b.x === x) || (a.y === b.y && b.y === y))) out.pop();
    out.push({ x, y });
  }
  return out;
}

function placeLabel(text: string, x: number, bus: number): EdgeLabel {
  return { text, width: labelWidth(text), x, y: bus + gap.labelled / 2 - 2 };
}

/** An estimate that errs on the wide side: the layout must not depend on a font being loaded. */
function labelWidth(text: string): number {
  return Math.min(maxLabelWidth, 2 * Math.ceil(text.length * 3.6) + 20);
}

/** The SVG path along `points`, with corners of at most the given radius. */
export function roundedPath(points: readonly Point[], radius: number): string {
  const [start, ...rest] = points;
  if (!start) return '';
  let path = `M${start.x} ${start.y}`;
  let from = start;
  rest.forEach((corner, i) => {
    const next = rest[i + 1];
    if (!next) {
      path += `L${corner.x} ${corner.y}`;
      return;
    }
    const r = Math.min(radius, distance(from, corner) / 2, distance(corner, next) / 2);
    const before = towards(corner, from, r);
    const after = towards(corner, next, r);
    path += `L${before.x} ${before.y}Q${corner.x} ${corner.y} ${after.x} ${after.y}`;
    from = corner;
  });
  return path;
}

function distance(a: Point, b: Point): number {
  return Math.abs(a.x - b.x) + Math.abs(a.y - b.y);
}

function towards(from: Point, to: Point, by: number): Point {
  const d = distance(from, to) || 1;
  return { x: from.x + ((to.x - from.x) / d) * by, y: from.y + ((to.y - from.y) / d) * by };
}
