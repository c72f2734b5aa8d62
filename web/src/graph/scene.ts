import type { Execution, WorkflowDef } from '../conductor/types';
import { type Block, parseDefinition, type Sequence } from './blocks';
import { type Figure, figureOf, foldLimit } from './figure';
import { type Overlay, overlayExecution, type View } from './overlay';
import { type Place, placesOf } from './places';

/** A definition and what happened to it, resolved against what the viewer has opened. */
export interface Scene {
  figures: readonly Figure[];
  /** undefined without an execution. */
  overlay: Overlay | undefined;
  places: ReadonlyMap<string, Place>;
  /** Sub-workflows that are open, whether or not their contents are there yet. */
  wanted: readonly SubWorkflowRequest[];
}

/** What the viewer has chosen. Keys are node ids. */
export interface Choices {
  /** Whether a fork, a loop or a sub-workflow is open; absent: what `opensByItself` says. */
  open: ReadonlyMap<string, boolean>;
  /** Iteration shown of each loop; absent: the latest. */
  iterations: ReadonlyMap<string, number>;
}

/** Which definition or execution an opened sub-workflow shows. */
export interface SubWorkflowRequest {
  /** The same for the same contents. */
  key: string;
  /** The child's execution, once it has started. */
  workflowId: string | undefined;
  name: string;
  /** undefined: the latest. */
  version: number | undefined;
}

export interface SubWorkflowContent {
  definition: WorkflowDef;
  execution?: Execution | undefined;
}

/** Contents by `SubWorkflowRequest.key`, as far as they have been loaded. */
export type Contents = ReadonlyMap<string, SubWorkflowContent>;

export function composeScene(
  blocks: Sequence,
  execution: Execution | undefined,
  choices: Choices,
  contents: Contents,
): Scene {
  const children: Children = new Map();
  // Contents may hold sub-workflows that are open too, so it takes a round for each level of nesting.
  for (;;) {
    const view: View = { iterations: choices.iterations, children };
    const overlay = execution && overlayExecution(blocks, execution, view);
    const places = placesOf(blocks, (block) => contentsOf(block, overlay, children));
    const wanted = new Map<string, SubWorkflowRequest>();
    for (const place of places.values()) {
      if (place.kind === 'sub-workflow' && choices.open.get(place.id)) {
        wanted.set(place.id, requestFor(place, overlay));
      }
    }
    if (!fill(children, wanted, places, contents)) {
      const closed = (block: Block) => !(choices.open.get(block.id) ?? opensByItself(block, overlay));
      const sequences = new Map([...children].map(([id, child]) => [id, child.blocks]));
      const figures = figureOf(blocks, {
        branches: overlay?.branches ?? new Map(),
        children: sequences,
        closed,
      });
      return { figures, overlay, places, wanted: [...wanted.values()] };
    }
  }
}

type Children = Map<string, { blocks: Sequence; execution: Execution | undefined }>;

/** Adds the contents that are there. Reports whether there were any that had been missing. */
function fill(
  children: Children,
  wanted: ReadonlyMap<string, SubWorkflowRequest>,
  places: ReadonlyMap<string, Place>,
  contents: Contents,
): boolean {
  let added = false;
  for (const [id, request] of wanted) {
    if (children.has(id)) continue;
    const content = contents.get(request.key) ?? inline(places.get(id));
    if (!content) continue;
    children.set(id, { blocks: parseDefinition(content.definition, `${id}/`), execution: content.execution });
    added = true;
  }
  return added;
}

function inline(place: Place | undefined): SubWorkflowContent | undefined {
  const definition = place?.task.subWorkflowParam?.workflowDefinition;
  return typeof definition === 'object' && definition !== null ? { definition } : undefined;
}

function requestFor(place: Place, overlay: Overlay | undefined): SubWorkflowRequest {
  const workflowId = overlay?.nodes.get(place.id)?.attempts.at(-1)?.subWorkflowId || undefined;
  const { name = '', version } = place.task.subWorkflowParam ?? {};
  return { key: workflowId ?? `${name}@${version ?? 'latest'}`, workflowId, name, version };
}

function contentsOf(block: Block, overlay: Overlay | undefined, children: Children): readonly Sequence[] {
  if (block.kind === 'dynamic-fork') return overlay?.branches.get(block.id) ?? [];
  const child = block.kind === 'sub-workflow' ? children.get(block.id) : undefined;
  return child ? [child.blocks] : [];
}

/** Whether a block is drawn open before the viewer has said anything: unless it has too many members to read. */
export function opensByItself(block: Block, overlay: Overlay | undefined): boolean {
  switch (block.kind) {
    case 'fork':
      return block.branches.length <= foldLimit;
    case 'dynamic-fork':
    case 'loop':
      return (overlay?.groups.get(block.id)?.items.length ?? 0) <= foldLimit;
    default:
      return false;
  }
}

/** The same for figures that look the same, so that a layout can be kept for as long as nothing in it changes. */
export function figureKey(figures: readonly Figure[]): string {
  return figures.map(keyOf).join(' ');
}

function keyOf(figure: Figure): string {
  switch (figure.kind) {
    case 'leaf':
      return `${figure.node.id}:${figure.node.role}:${figure.node.open ?? ''}`;
    case 'frame':
      return `${figure.node.id}[${figureKey(figure.body)}]`;
    case 'split':
      return `${figure.head.id}(${figure.arms.map((arm) => figureKey(arm.figures)).join('|')})${figure.tail.id}`;
  }
}
