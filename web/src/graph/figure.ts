import type { WorkflowTask } from '../conductor/types';
import { type Block, type Case, endsFlow, type Sequence, walkBlocks } from './blocks';

/**
 * What is to be drawn: blocks with their dynamic forks filled in and their frames opened or closed. Three kinds are
 * enough, so the layout knows nothing of Conductor.
 */
export type Figure = Leaf | Split | Frame;

export interface Leaf {
  kind: 'leaf';
  node: NodeSpec;
}

/** Arms side by side between a head and a tail that brings them together. */
export interface Split {
  kind: 'split';
  head: NodeSpec;
  arms: readonly Arm[];
  tail: NodeSpec;
}

export interface Arm {
  figures: readonly Figure[];
  /** Shown on the edge into the arm. */
  label?: string;
  /** Nothing follows from its end. */
  ends: boolean;
  /** The tail does not wait for it. */
  unawaited: boolean;
}

export interface Frame {
  kind: 'frame';
  node: NodeSpec;
  body: readonly Figure[];
  /** The end of the body leads back to its start. */
  loop: boolean;
}

/**
 * - task: one task, or a closed sub-workflow
 * - group: many branches or iterations folded into one node
 * - frame: an opened loop or sub-workflow, around its contents
 * - merge: a dot where the cases of a switch meet again
 */
export type NodeRole = 'start' | 'end' | 'task' | 'group' | 'frame' | 'merge';

export interface NodeSpec {
  id: string;
  role: NodeRole;
  task?: WorkflowTask;
  /** Whether it opens or closes; undefined when it does neither. */
  open?: boolean;
}

/** What decides the drawing besides the definition. Keys are node ids. */
export interface Shape {
  /** Branches of the dynamic forks that have run. */
  branches: ReadonlyMap<string, readonly Sequence[]>;
  /** Contents of the opened sub-workflows. */
  children: ReadonlyMap<string, Sequence>;
  /** Whether a fork, a loop or a sub-workflow is drawn as one node. */
  closed: (block: Block) => boolean;
}

/** More branches or iterations than this are folded at first. */
export const foldLimit = 12;

/** More branches than this are never drawn side by side: nobody could read them. */
export const drawLimit = 60;

/** The whole drawing of a definition, from its start to its end. */
export function figureOf(blocks: Sequence, shape: Shape): readonly Figure[] {
  const figures = new Composer(shape).sequence(blocks);
  const start: Figure = { kind: 'leaf', node: { id: startId, role: 'start' } };
  if (endsFlow(blocks)) return [start, ...figures];
  return [start, ...figures, { kind: 'leaf', node: { id: endId, role: 'end' } }];
}

/** Ids of the nodes that no task stands for. A colon keeps them apart from reference names in practice. */
export const startId = ':start';
export const endId = ':end';
export const mergeId = (id: string) => `${id}:merge`;

class Composer {
  private readonly shape: Shape;

  constructor(shape: Shape) {
    this.shape = shape;
  }

  sequence(blocks: Sequence): Figure[] {
    return blocks.flatMap((block) => this.block(block));
  }

  private block(block: Block): Figure[] {
    const { id, task } = block;
    switch (block.kind) {
      case 'task':
        return [{ kind: 'leaf', node: { id, task, role: 'task' } }];
      case 'switch':
        return [this.switch(block.id, task, block.cases)];
      case 'fork':
        return this.fork(block, block.branches);
      case 'dynamic-fork':
        return this.fork(block, this.shape.branches.get(id));
      case 'loop':
        if (this.shape.closed(block))
          return [{ kind: 'leaf', node: { id, task, role: 'group', open: false } }];
        return [
          {
            kind: 'frame',
            loop: true,
            body: this.sequence(block.body),
            node: { id, task, role: 'frame', open: true },
          },
        ];
      case 'sub-workflow': {
        const body = this.shape.children.get(id);
        if (!body) return [{ kind: 'leaf', node: { id, task, role: 'task', open: false } }];
        return [
          {
            kind: 'frame',
            loop: false,
            body: this.sequence(body),
            node: { id, task, role: 'frame', open: true },
          },
        ];
      }
    }
  }

  private switch(id: string, task: WorkflowTask, cases: readonly Case[]): Split {
    return {
      kind: 'split',
      head: { id, task, role: 'task' },
      tail: { id: mergeId(id), role: 'merge' },
      arms: cases.map((c) => ({
        figures: this.sequence(c.body),
        label: c.value ?? 'default',
        ends: endsFlow(c.body),
        unawaited: false,
      })),
    };
  }

  private fork(
    block: Extract<Block, { kind: 'fork' | 'dynamic-fork' }>,
    branches: readonly Sequence[] | undefined,
  ): Figure[] {
    const { id, task, join } = block;
    const tail: NodeSpec = join
      ? { id: join.id, task: join.task, role: 'task' }
      : { id: mergeId(id), role: 'merge' };
    if (branches === undefined || branches.length === 0 || this.shape.closed(block)) {
      const folds = branches !== undefined && branches.length > 1 && branches.length <= drawLimit;
      const group: NodeSpec = { id, task, role: 'group', ...(folds && { open: false }) };
      return [
        { kind: 'leaf', node: group },
        { kind: 'leaf', node: tail },
      ];
    }
    // Only a static fork can leave a branch out: a dynamic one joins on all that it made.
    const awaited = block.kind === 'fork' ? new Set(join?.task.joinOn ?? []) : undefined;
    return [
      {
        kind: 'split',
        head: { id, task, role: 'task', ...(branches.length > 1 && { open: true }) },
        tail,
        arms: branches.map((branch) => ({
          figures: this.sequence(branch),
          ends: endsFlow(branch),
          unawaited: awaited !== undefined && join !== undefined && !holdsAny(branch, awaited),
        })),
      },
    ];
  }
}

function holdsAny(branch: Sequence, refs: ReadonlySet<string>): boolean {
  for (const block of walkBlocks(branch)) {
    if (refs.has(block.task.taskReferenceName)) return true;
    if ((block.kind === 'fork' || block.kind === 'dynamic-fork') && block.join) {
      if (refs.has(block.join.task.taskReferenceName)) return true;
    }
  }
  return false;
}
