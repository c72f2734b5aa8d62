import { plainReason } from '../conductor/reason';
import type { Execution, JsonObject, Task, WorkflowTask } from '../conductor/types';
import { taskEnded, workflowEnded } from '../conductor/types';
import {
  type Block,
  endsFlow,
  innerSequences,
  type JoinTask,
  parseDefinition,
  type Sequence,
  type SwitchBlock,
  walkBlocks,
} from './blocks';
import { endId, mergeId, startId } from './figure';
import type { GraphEdge } from './layout';
import {
  type Counts,
  countStates,
  type NodeState,
  passed,
  reached,
  stateOf,
  type Wait,
  worst,
} from './state';

/** An execution as seen on the drawing of its definition. Maps are keyed by node id. */
export interface Overlay {
  nodes: ReadonlyMap<string, NodeOverlay>;
  groups: ReadonlyMap<string, Group>;
  /** Index of the case that each evaluated switch took. */
  arms: ReadonlyMap<string, number>;
  /** Branches of the dynamic forks that have run. */
  branches: ReadonlyMap<string, readonly Sequence[]>;
}

export interface NodeOverlay {
  state: NodeState;
  wait?: Wait | undefined;
  /** The task's reference name in this execution: `ref__3` in the third iteration of a loop. */
  ref: string;
  /** Oldest first; empty when the flow has not come here. */
  attempts: readonly Task[];
  reason?: string | undefined;
}

/** The branches of a fork or the iterations of a loop. */
export interface Group {
  of: 'branches' | 'iterations';
  items: readonly GroupItem[];
  counts: Counts;
  /** Which iteration the nodes in the loop show, from 1. */
  shown?: number;
}

export interface GroupItem {
  /** Unique in the group. */
  key: string;
  label: string;
  state: NodeState;
  /** The task to look at: the most urgent one of the branch or iteration. */
  ref: string;
  reason?: string | undefined;
  attempts: number;
  iteration?: number;
}

/** What the viewer has chosen to see. Keys are node ids. */
export interface View {
  /** Iteration shown of each loop; absent: the latest. */
  iterations: ReadonlyMap<string, number>;
  /** Executions inside opened sub-workflows. */
  children: ReadonlyMap<string, { blocks: Sequence; execution: Execution | undefined }>;
}

export function overlayExecution(blocks: Sequence, execution: Execution, view: View): Overlay {
  const out = { nodes: new Map(), groups: new Map(), arms: new Map(), branches: new Map() };
  new Reader(execution, { id: '', ref: '' }, view, out).whole(blocks);
  return out;
}

interface MutableOverlay {
  nodes: Map<string, NodeOverlay>;
  groups: Map<string, Group>;
  arms: Map<string, number>;
  branches: Map<string, readonly Sequence[]>;
}

/** What stands before ids and references: where in the drawing, and inside which task of the execution. */
interface Prefix {
  id: string;
  ref: string;
}

/** Reads one execution; opened sub-workflows get a reader of their own that writes into the same overlay. */
class Reader {
  private readonly execution: Execution;
  private readonly prefix: Prefix;
  private readonly view: View;
  private readonly out: MutableOverlay;
  private readonly byRef = new Map<string, Task[]>();

  constructor(execution: Execution, prefix: Prefix, view: View, out: MutableOverlay) {
    this.execution = execution;
    this.prefix = prefix;
    this.view = view;
    this.out = out;
    for (const task of execution.tasks) {
      const attempts = this.byRef.get(task.referenceTaskName);
      if (attempts) attempts.push(task);
      else this.byRef.set(task.referenceTaskName, [task]);
    }
    for (const attempts of this.byRef.values())
      attempts.sort((a, b) => a.retryCount - b.retryCount || a.seq - b.seq);
  }

  whole(blocks: Sequence) {
    this.mark(startId, 'completed');
    this.sequence(blocks, '', false);
    const ended = this.execution.status === 'COMPLETED' && this.done(blocks);
    if (!endsFlow(blocks)) this.mark(endId, ended ? 'completed' : 'pending');
  }

  /** Marks every node of the sequence. `suffix` is that of the iterations around it. */
  sequence(blocks: Sequence, suffix: string, untaken: boolean) {
    for (const block of blocks) this.block(block, suffix, untaken);
  }

  private block(block: Block, suffix: string, untaken: boolean) {
    const own = this.task(block.id, block.task, suffix, untaken);
    switch (block.kind) {
      case 'task':
        return;
      case 'switch':
        this.switch(block, own, suffix, untaken);
        return;
      case 'fork':
        this.branches(block.id, block.branches, suffix, untaken);
        this.join(block.id, block.join, own, suffix, untaken);
        return;
      case 'dynamic-fork': {
        const branches = this.dynamicBranches(own.attempts, suffix);
        if (branches) {
          this.out.branches.set(block.id, branches);
          this.branches(block.id, branches, suffix, untaken);
        }
        this.join(block.id, block.join, own, suffix, untaken);
        return;
      }
      case 'loop':
        this.loop(block.id, block.body, own, suffix, untaken);
        return;
      case 'sub-workflow':
        this.child(block.id, own);
    }
  }

  private task(id: string, task: WorkflowTask, suffix: string, untaken: boolean): NodeOverlay {
    const ref = task.taskReferenceName + suffix;
    const attempts = this.byRef.get(ref) ?? [];
    const latest = attempts.at(-1);
    const seen: Pick<NodeOverlay, 'state' | 'wait'> = latest
      ? stateOf(latest)
      : { state: untaken ? 'untaken' : 'pending' };
    const overlay: NodeOverlay = {
      ...seen,
      ref: this.prefix.ref + ref,
      attempts,
      reason: reasonOf(attempts),
    };
    this.out.nodes.set(id, overlay);
    return overlay;
  }

  private mark(id: string, state: NodeState) {
    this.out.nodes.set(id, { state, ref: id, attempts: [] });
  }

  private switch(block: SwitchBlock, own: NodeOverlay, suffix: string, untaken: boolean) {
    const chosen = this.chosenCase(block, own, suffix);
    if (chosen !== undefined) this.out.arms.set(block.id, chosen);
    block.cases.forEach((c, i) => {
      this.sequence(c.body, suffix, untaken || (chosen !== undefined && chosen !== i));
    });
    const body = chosen === undefined ? undefined : block.cases[chosen]?.body;
    const through = passed(own.state) && body !== undefined && !endsFlow(body) && this.done(body);
    this.mark(mergeId(block.id), through ? 'completed' : untaken ? 'untaken' : 'pending');
  }

  private chosenCase(block: SwitchBlock, own: NodeOverlay, suffix: string): number | undefined {
    const latest = own.attempts.at(-1);
    if (!latest || !passed(own.state)) return undefined;
    // Tasks that are there prove the case; only an empty case has to be told from what the switch reported.
    const proven = block.cases.findIndex((c) => {
      const first = c.body[0];
      return first !== undefined && this.byRef.has(first.task.taskReferenceName + suffix);
    });
    if (proven >= 0) return proven;
    const value = selectedCase(latest);
    if (value === undefined) return undefined;
    const named = block.cases.findIndex((c) => c.value === value);
    return named >= 0 ? named : block.cases.findIndex((c) => c.value === undefined);
  }

  /** Whether the flow has come out of the end of the sequence. */
  private done(sequence: Sequence): boolean {
    const last = sequence.at(-1);
    if (!last) return true;
    return passed(this.exitState(last));
  }

  /** State of the node through which the flow leaves the block. */
  private exitState(block: Block): NodeState {
    const id =
      block.kind === 'switch'
        ? mergeId(block.id)
        : block.kind === 'fork' || block.kind === 'dynamic-fork'
          ? (block.join?.id ?? mergeId(block.id))
          : block.id;
    return this.out.nodes.get(id)?.state ?? 'pending';
  }

  private join(
    forkId: string,
    join: JoinTask | undefined,
    fork: NodeOverlay,
    suffix: string,
    untaken: boolean,
  ) {
    if (!join) {
      this.mark(mergeId(forkId), passed(fork.state) ? 'completed' : untaken ? 'untaken' : 'pending');
      return;
    }
    const own = this.task(join.id, join.task, suffix, untaken);
    const latest = own.attempts.at(-1);
    if (!latest || taskEnded(latest.status)) return;
    const awaited = stringList(latest.inputData.joinOn) ?? join.task.joinOn ?? [];
    const open = awaited.filter((name) => {
      const attempts = this.byRef.get(name + suffix) ?? this.byRef.get(name);
      const last = attempts?.at(-1);
      return !last || !taskEnded(last.status);
    });
    this.out.nodes.set(join.id, {
      ...own,
      state: 'waiting',
      wait: { for: 'branches', open, total: awaited.length },
    });
  }

  private dynamicBranches(fork: readonly Task[], suffix: string): Sequence[] | undefined {
    const latest = fork.at(-1);
    const refs = latest && stringList(latest.inputData.forkedTasks);
    if (!refs) return undefined;
    return refs.map((ref) => {
      const base = suffix && ref.endsWith(suffix) ? ref.slice(0, -suffix.length) : ref;
      const task = (this.byRef.get(base + suffix) ?? this.byRef.get(base))?.[0];
      const def: WorkflowTask = {
        ...(task?.workflowTask ?? { name: task?.taskDefName ?? base, type: task?.taskType ?? 'SIMPLE' }),
        taskReferenceName: base,
      };
      return parseDefinition({ name: '', version: 0, tasks: [def] }, this.prefix.id);
    });
  }

  private branches(id: string, branches: readonly Sequence[], suffix: string, untaken: boolean) {
    const items = branches.map((branch, i): GroupItem => {
      this.sequence(branch, suffix, untaken);
      const first = branch[0];
      const label = first ? first.task.taskReferenceName + suffix : `Branch ${i + 1}`;
      return this.item(String(i), label, [...this.nodesOf(branch)], this.done(branch));
    });
    this.out.groups.set(id, { of: 'branches', items, counts: countStates(items.map((item) => item.state)) });
  }

  /** Sums up the nodes of a branch or an iteration. */
  private item(key: string, label: string, nodes: readonly NodeOverlay[], finished: boolean): GroupItem {
    const touched = nodes.filter((n) => n.attempts.length > 0);
    const urgent = worst(touched.map((n) => n.state));
    const shown = touched.find((n) => n.state === urgent) ?? nodes[0];
    const attempts = touched.reduce((most, n) => Math.max(most, n.attempts.length), 0);
    let state: NodeState = touched.length === 0 ? 'pending' : urgent;
    // Between two of its tasks nothing in it is open, and yet it has not ended.
    if (passed(state) && !finished) state = workflowEnded(this.execution.status) ? 'pending' : 'running';
    return { key, label, state, ref: shown?.ref ?? key, reason: shown?.reason, attempts };
  }

  private *nodesOf(sequence: Sequence): Generator<NodeOverlay> {
    for (const block of walkBlocks(sequence)) {
      const node = this.out.nodes.get(block.id);
      if (node) yield node;
    }
  }

  private loop(id: string, body: Sequence, own: NodeOverlay, suffix: string, untaken: boolean) {
    const latest = own.attempts.at(-1);
    const count = latest ? Math.max(latest.iteration, number(latest.outputData.iteration)) : 0;
    const iterations: GroupItem[] = [];
    for (let n = 1; n <= count; n++) {
      const nodes = [...this.iterationNodes(body, `${suffix}__${n}`)];
      // A loop may be told to keep its last iterations only; the others have left no tasks.
      if (nodes.length === 0) continue;
      const finished = n < count || passed(own.state);
      iterations.push({ ...this.item(String(n), `Iteration ${n}`, nodes, finished), iteration: n });
    }
    const last = iterations.at(-1)?.iteration ?? 1;
    const wanted = this.view.iterations.get(id) ?? last;
    const shown = iterations.some((item) => item.iteration === wanted) ? wanted : last;
    const empty = passed(own.state) && iterations.length === 0;
    this.sequence(body, `${suffix}__${shown}`, untaken || empty);
    if (iterations.length > 0) {
      const counts = countStates(iterations.map((item) => item.state));
      this.out.groups.set(id, { of: 'iterations', items: iterations, counts, shown });
    }
  }

  /** The tasks that one iteration has left. Inner loops stand for their own iterations. */
  private *iterationNodes(sequence: Sequence, suffix: string): Generator<NodeOverlay> {
    for (const block of sequence) {
      const own = this.find(block.task.taskReferenceName + suffix);
      if (own) yield own;
      if (block.kind === 'loop') continue;
      const inner =
        block.kind === 'dynamic-fork'
          ? (this.dynamicBranches(own?.attempts ?? [], suffix) ?? [])
          : innerSequences(block);
      for (const each of inner) yield* this.iterationNodes(each, suffix);
      if ('join' in block && block.join) {
        const join = this.find(block.join.task.taskReferenceName + suffix);
        if (join) yield join;
      }
    }
  }

  private find(ref: string): NodeOverlay | undefined {
    const attempts = this.byRef.get(ref);
    const latest = attempts?.at(-1);
    if (!attempts || !latest) return undefined;
    return { ...stateOf(latest), ref: this.prefix.ref + ref, attempts, reason: reasonOf(attempts) };
  }

  private child(id: string, own: NodeOverlay) {
    const child = this.view.children.get(id);
    if (!child?.execution) return;
    const prefix = { id: `${id}/`, ref: `${own.ref}/` };
    new Reader(child.execution, prefix, this.view, this.out).sequence(child.blocks, '', false);
  }
}

/** Why the task is not completed; for a new attempt, why the one before it failed. */
function reasonOf(attempts: readonly Task[]): string | undefined {
  const latest = attempts.at(-1);
  if (!latest || latest.status === 'COMPLETED') return undefined;
  const reason = latest.reasonForIncompletion ?? attempts.at(-2)?.reasonForIncompletion;
  return reason === undefined ? undefined : plainReason(reason);
}

function selectedCase(task: Task): string | undefined {
  const { outputData, inputData } = task;
  const value =
    outputData.selectedCase ??
    first(outputData, 'evaluationResult') ??
    first(outputData, 'caseOutput') ??
    inputData.case;
  return value === undefined ? undefined : String(value);
}

function first(data: JsonObject, key: string) {
  const list = data[key];
  return Array.isArray(list) ? list[0] : undefined;
}

function stringList(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.filter((item) => typeof item === 'string');
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

/** How an edge is drawn: the flow went along it, will not, or has not yet. */
export type EdgeState = 'taken' | 'untaken' | 'pending';

/** The state of an edge follows from the nodes at its ends and, below a switch, from the case that was taken. */
export function edgeState(edge: GraphEdge, overlay: Overlay): EdgeState {
  const from = overlay.nodes.get(edge.from)?.state ?? 'pending';
  const to = overlay.nodes.get(edge.to)?.state ?? 'pending';
  if (from === 'untaken' || to === 'untaken') return 'untaken';
  if (edge.arm && overlay.arms.has(edge.arm.head) && overlay.arms.get(edge.arm.head) !== edge.arm.index)
    return 'untaken';
  switch (edge.role) {
    case 'back': {
      const group = overlay.groups.get(edge.to);
      return group && group.items.length > 1 ? 'taken' : 'pending';
    }
    case 'tail':
      return passed(from) ? 'taken' : 'pending';
    default:
      return reached(to) && reached(from) ? 'taken' : 'pending';
  }
}
