import type { WorkflowDef, WorkflowTask } from '../conductor/types';

/**
 * A definition as nested blocks. Conductor definitions are series-parallel by construction, so this tree loses nothing
 * and both the layout and the overlay are plain recursions over it.
 */
export type Block = TaskBlock | SwitchBlock | ForkBlock | DynamicForkBlock | LoopBlock | SubWorkflowBlock;

export type Sequence = readonly Block[];

interface BlockBase {
  /** Identity of the block's node: its reference name, behind `parent/` for each sub-workflow around it. */
  id: string;
  task: WorkflowTask;
}

export interface TaskBlock extends BlockBase {
  kind: 'task';
}

export interface SwitchBlock extends BlockBase {
  kind: 'switch';
  cases: readonly Case[];
}

export interface Case {
  /** The value that selects this case; undefined for the default one. */
  value: string | undefined;
  body: Sequence;
}

export interface ForkBlock extends BlockBase {
  kind: 'fork';
  branches: readonly Sequence[];
  join: JoinTask | undefined;
}

export interface DynamicForkBlock extends BlockBase {
  kind: 'dynamic-fork';
  join: JoinTask | undefined;
}

export interface LoopBlock extends BlockBase {
  kind: 'loop';
  body: Sequence;
}

export interface SubWorkflowBlock extends BlockBase {
  kind: 'sub-workflow';
}

export interface JoinTask {
  id: string;
  task: WorkflowTask;
}

/**
 * Reads a definition. `prefix` is put before every id (`''` at the top, `ref/` inside an opened sub-workflow).
 * Definitions that break Conductor's rules are drawn as far as they go: a repeated reference name gets a suffix, a
 * fork without its join simply merges.
 */
export function parseDefinition(def: WorkflowDef, prefix = ''): Sequence {
  return parseSequence(def.tasks ?? [], new Ids(prefix));
}

class Ids {
  private readonly used = new Set<string>();
  private readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  take(task: WorkflowTask): string {
    const wanted = this.prefix + (task.taskReferenceName || task.name || task.type);
    let id = wanted;
    for (let n = 2; this.used.has(id); n++) id = `${wanted}~${n}`;
    this.used.add(id);
    return id;
  }
}

function parseSequence(tasks: readonly WorkflowTask[], ids: Ids): Sequence {
  const blocks: Block[] = [];
  for (let i = 0; i < tasks.length; i++) {
    const task = tasks[i];
    if (!task) continue;
    const next = tasks[i + 1];
    const joined = isFork(task) && next?.type === 'JOIN' ? next : undefined;
    blocks.push(parseTask(task, joined, ids));
    if (joined) i++;
  }
  return blocks;
}

function isFork(task: WorkflowTask): boolean {
  return task.type === 'FORK_JOIN' || task.type === 'FORK_JOIN_DYNAMIC' || task.type === 'FORK';
}

function parseTask(task: WorkflowTask, joined: WorkflowTask | undefined, ids: Ids): Block {
  const id = ids.take(task);
  const join = (): JoinTask | undefined => joined && { id: ids.take(joined), task: joined };
  switch (task.type) {
    case 'SWITCH':
    case 'DECISION':
      return { kind: 'switch', id, task, cases: parseCases(task, ids) };
    case 'FORK':
    case 'FORK_JOIN': {
      const branches = (task.forkTasks ?? []).map((branch) => parseSequence(branch, ids));
      return { kind: 'fork', id, task, branches, join: join() };
    }
    case 'FORK_JOIN_DYNAMIC':
      return { kind: 'dynamic-fork', id, task, join: join() };
    case 'DO_WHILE':
      return { kind: 'loop', id, task, body: parseSequence(task.loopOver ?? [], ids) };
    case 'SUB_WORKFLOW':
      return { kind: 'sub-workflow', id, task };
    default:
      return { kind: 'task', id, task };
  }
}

function parseCases(task: WorkflowTask, ids: Ids): Case[] {
  const cases: Case[] = Object.entries(task.decisionCases ?? {}).map(([value, body]) => ({
    value,
    body: parseSequence(body, ids),
  }));
  // An absent default is drawn too: it is a way that an execution can take.
  cases.push({ value: undefined, body: parseSequence(task.defaultCase ?? [], ids) });
  return cases;
}

/** Every block of the sequence and of those inside it, in drawing order. */
export function* walkBlocks(sequence: Sequence): Generator<Block> {
  for (const block of sequence) {
    yield block;
    for (const inner of innerSequences(block)) yield* walkBlocks(inner);
  }
}

/** The sequences that a block holds. A sub-workflow holds none: its contents are another definition. */
export function innerSequences(block: Block): readonly Sequence[] {
  switch (block.kind) {
    case 'switch':
      return block.cases.map((c) => c.body);
    case 'fork':
      return block.branches;
    case 'loop':
      return [block.body];
    default:
      return [];
  }
}

/** Whether the flow stops at the end of the sequence, so that nothing follows from it. */
export function endsFlow(sequence: Sequence): boolean {
  const last = sequence.at(-1);
  if (!last) return false;
  if (last.kind === 'switch') return last.cases.every((c) => endsFlow(c.body));
  return last.kind === 'task' && last.task.type === 'TERMINATE';
}
