import type { Appearance } from '../conductor/appearance';
import type { Json, Task, WorkflowTask } from '../conductor/types';
import { relativeTime, spanText } from '../ui/time-text';
import type { Group, NodeOverlay } from './overlay';
import {
  byUrgency,
  type Counts,
  type NodeState,
  passed,
  runTime,
  stateKind,
  stateOf,
  stateWord,
  type Wait,
} from './state';

const typeWords: Record<string, string> = {
  SIMPLE: 'Worker task',
  DYNAMIC: 'Dynamic task',
  SWITCH: 'Switch',
  DECISION: 'Decision',
  FORK: 'Fork',
  FORK_JOIN: 'Fork',
  FORK_JOIN_DYNAMIC: 'Dynamic fork',
  JOIN: 'Join',
  EXCLUSIVE_JOIN: 'Exclusive join',
  DO_WHILE: 'Loop',
  SUB_WORKFLOW: 'Sub-workflow',
  START_WORKFLOW: 'Start workflow',
  TERMINATE: 'Terminate',
  SET_VARIABLE: 'Set variables',
  WAIT: 'Wait',
  HUMAN: 'Human task',
  HTTP: 'HTTP request',
  INLINE: 'Inline script',
  LAMBDA: 'Inline script',
  JSON_JQ_TRANSFORM: 'jq transform',
  NOOP: 'No operation',
  EVENT: 'Event',
};

/** The kind of a task in words; a type that is not Conductor's own is a worker's. */
export function typeWord(type: string): string {
  return typeWords[type] ?? type;
}

/** What the task is, for the line under its name. */
export function kindText(task: WorkflowTask): string {
  const word = typeWord(task.type);
  const detail = kindDetail(task);
  return detail ? `${word} · ${detail}` : word;
}

/** What tells this task from others of its kind. */
function kindDetail(task: WorkflowTask): string | undefined {
  const { inputParameters: input = {}, name, taskReferenceName } = task;
  switch (task.type) {
    case 'SIMPLE':
      return name === taskReferenceName ? undefined : name;
    case 'SUB_WORKFLOW':
      return task.subWorkflowParam?.name;
    case 'SWITCH':
      return task.expression;
    case 'DECISION':
      return task.caseValueParam ?? task.caseExpression;
    case 'DO_WHILE':
      return task.loopCondition ? `while ${task.loopCondition}` : 'over items';
    case 'WAIT':
      return text(input.duration) ?? text(input.until);
    case 'HTTP':
      return httpText(input.http_request ?? input);
    default:
      return undefined;
  }
}

function httpText(request: Json | undefined): string | undefined {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) return undefined;
  return [request.method ?? 'GET', request.uri].filter((part) => typeof part === 'string').join(' ');
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** How the task is, for the line under its name: the word of its state and what one wants to know with it. */
export function stateText(node: NodeOverlay, now: number): string {
  const latest = node.attempts.at(-1);
  switch (node.state) {
    case 'waiting':
      return node.wait ? waitText(node.wait, now) : stateWord.waiting;
    case 'failed':
    case 'timed-out':
    case 'cancelled':
    case 'warned':
      return node.reason ? `${stateWord[node.state]} · ${node.reason}` : stateWord[node.state];
    case 'running':
    case 'completed': {
      const time = latest && runTime(latest, now);
      return time === undefined ? stateWord[node.state] : `${stateWord[node.state]} · ${spanText(time)}`;
    }
    default:
      return stateWord[node.state];
  }
}

export function waitText(wait: Wait, now: number): string {
  switch (wait.for) {
    case 'worker':
      return 'Waiting for a worker';
    case 'engine':
      return 'Queued';
    case 'signal':
      return 'Waiting for a signal';
    case 'person':
      return 'Waiting for a person';
    case 'retry':
      return wait.at > now ? `Retries ${relativeTime(wait.at, now)}` : 'Waiting for a worker';
    case 'timer':
      return wait.at !== undefined && wait.at > now
        ? `Waiting · ${spanText(wait.at - now)} left`
        : 'Waiting for its time';
    case 'branches':
      return wait.total === undefined
        ? 'Waiting for its branches'
        : `Waiting for ${wait.open.length} of ${wait.total}`;
  }
}

/** How one attempt is drawn and said. */
export function attemptAppearance(task: Task, now: number): Appearance {
  const { state, wait } = stateOf(task);
  return { kind: stateKind[state], word: wait ? waitText(wait, now) : stateWord[state] };
}

/** "4 failed, 8 running, 988 completed", most urgent first. */
export function countsText(counts: Counts): string {
  return orderedCounts(counts)
    .map(([state, count]) => `${count.toLocaleString()} ${stateWord[state].toLowerCase()}`)
    .join(', ');
}

/** The states that occur, most urgent first. */
export function orderedCounts(counts: Counts): [NodeState, number][] {
  return byUrgency.flatMap((state): [NodeState, number][] => {
    const count = counts[state];
    return count ? [[state, count]] : [];
  });
}

/** "1,000 branches · 4 failed": how many members, and what is most urgent among them. */
export function groupText(group: Group): string {
  const [first] = orderedCounts(group.counts);
  if (!first || passed(first[0])) return sizeText(group);
  return `${sizeText(group)} · ${first[1].toLocaleString()} ${stateWord[first[0]].toLowerCase()}`;
}

/** "8 branches", "1 iteration". */
export function sizeText(group: Group): string {
  const count = group.items.length;
  const word = group.of === 'branches' ? ['branch', 'branches'] : ['iteration', 'iterations'];
  return `${count.toLocaleString()} ${count === 1 ? word[0] : word[1]}`;
}

/** Everything that a node shows, read out: name, kind, state, attempts. */
export function spokenText(
  task: WorkflowTask,
  node: NodeOverlay | undefined,
  group: Group | undefined,
  now: number,
) {
  const parts = [task.taskReferenceName, kindText(task)];
  if (node) parts.push(stateText(node, now));
  if (node && node.attempts.length > 1) parts.push(`${node.attempts.length} attempts`);
  if (group?.shown !== undefined) parts.push(`iteration ${group.shown} of ${group.items.length}`);
  if (group && group.items.length > 0) parts.push(countsText(group.counts));
  return parts.join(', ');
}
