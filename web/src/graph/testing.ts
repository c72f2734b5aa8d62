import type { Execution, WorkflowDef } from '../conductor/types';
import { parseDefinition } from './blocks';
import { type GraphEdge, type GraphNode, type Layout, layOut } from './layout';
import { edgeState } from './overlay';
import { type Choices, type Contents, composeScene, type Scene } from './scene';

/** Everything between a definition and what is drawn, for tests of the pure part. */
export function draw(
  definition: WorkflowDef,
  execution?: Execution,
  choices: Partial<Choices> = {},
  contents: Contents = new Map(),
): Scene & { layout: Layout } {
  const blocks = parseDefinition(definition);
  const scene = composeScene(
    blocks,
    execution,
    { open: new Map(), iterations: new Map(), ...choices },
    contents,
  );
  return { ...scene, layout: layOut(scene.figures) };
}

/** The drawing as text, for golden files: one line for each node and edge. */
export function describeDrawing({ layout, overlay }: Scene & { layout: Layout }): string {
  const lines = [`${layout.width} x ${layout.height}`, ''];
  for (const node of layout.nodes) lines.push(describeNode(node, overlay));
  lines.push('');
  for (const edge of layout.edges) lines.push(describeEdge(edge, overlay));
  return `${lines.join('\n')}\n`;
}

function describeNode(node: GraphNode, overlay: Scene['overlay']): string {
  const at = overlay?.nodes.get(node.id);
  const parts = [`${node.role} ${node.id}`, `at ${node.x},${node.y}`, `${node.width}x${node.height}`];
  if (at) parts.push(at.state);
  if (at?.wait) parts.push(`for ${at.wait.for}`);
  if (at && at.attempts.length > 1) parts.push(`attempt ${at.attempts.length}`);
  const group = overlay?.groups.get(node.id);
  if (group) parts.push(`${group.of} ${JSON.stringify(group.counts)}`);
  return parts.join('  ');
}

function describeEdge(edge: GraphEdge, overlay: Scene['overlay']): string {
  const parts = [`${edge.role} ${edge.id}`, edge.points.map((p) => `${p.x},${p.y}`).join(' ')];
  if (edge.label) parts.push(`"${edge.label.text}"`);
  if (edge.arm?.unawaited) parts.push('unawaited');
  if (overlay) parts.push(edgeState(edge, overlay));
  return parts.join('  ');
}
