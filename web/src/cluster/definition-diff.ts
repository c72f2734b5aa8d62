import { diffArrays } from 'diff';
import type { JsonObject, WorkflowDef, WorkflowTask } from '../conductor/types';
import { tidyDefinition } from './definition-text';

/** One difference between two versions of a definition, as one sees it in the graph. */
export type Change =
  | { kind: 'added' | 'removed'; reference: string; type: string; where: string }
  | { kind: 'moved'; reference: string; type: string; where: string; from: string }
  | { kind: 'changed'; reference: string; type: string; where: string; fields: string[] }
  | { kind: 'setting'; field: string };

/** A task with its place. */
interface Placed {
  task: JsonObject;
  reference: string;
  type: string;
  /** In words: "branch 2 of fork". Empty at the top. */
  where: string;
}

/** What happened to tasks, and which settings of the workflow itself are others. Empty when nothing changed. */
export function compareDefinitions(before: WorkflowDef, after: WorkflowDef): Change[] {
  const old = placed(before);
  const now = placed(after);
  const stayed = inPlace(old, now);
  const changes: Change[] = [];
  for (const [reference, { type, where, task }] of now) {
    const was = old.get(reference);
    if (!was) {
      changes.push({ kind: 'added', reference, type, where });
      continue;
    }
    if (!stayed.has(reference)) changes.push({ kind: 'moved', reference, type, where, from: was.where });
    const fields = differing(was.task, task);
    if (fields.length > 0) changes.push({ kind: 'changed', reference, type, where, fields });
  }
  for (const [reference, { type, where }] of old) {
    if (!now.has(reference)) changes.push({ kind: 'removed', reference, type, where });
  }
  const { tasks: _, name: __, version: ___, ...oldSettings } = tidyDefinition(before);
  const { tasks: ____, name: _____, version: ______, ...newSettings } = tidyDefinition(after);
  for (const field of differing(oldSettings, newSettings)) changes.push({ kind: 'setting', field });
  return changes;
}

/** References of tasks that are in the same list as before, and in the same order among those that both lists have. */
function inPlace(old: ReadonlyMap<string, Placed>, now: ReadonlyMap<string, Placed>): Set<string> {
  const lists = (tasks: ReadonlyMap<string, Placed>, other: ReadonlyMap<string, Placed>) => {
    const byPlace = new Map<string, string[]>();
    for (const [reference, { where }] of tasks) {
      if (other.get(reference)?.where !== where) continue;
      byPlace.set(where, [...(byPlace.get(where) ?? []), reference]);
    }
    return byPlace;
  };
  const newLists = lists(now, old);
  const stayed = new Set<string>();
  for (const [where, references] of lists(old, now)) {
    for (const part of diffArrays(references, newLists.get(where) ?? [])) {
      if (!part.added && !part.removed) for (const reference of part.value) stayed.add(reference);
    }
  }
  return stayed;
}

function differing(before: JsonObject, after: JsonObject): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key])).sort();
}

/** Every task by its reference name, without the tasks inside it. */
function placed(definition: WorkflowDef): Map<string, Placed> {
  const found = new Map<string, Placed>();
  const visit = (tasks: readonly WorkflowTask[], where: string) => {
    for (const task of tasks) {
      const { forkTasks = [], decisionCases = {}, defaultCase = [], loopOver = [], ...own } = task;
      const reference = task.taskReferenceName;
      found.set(reference, { task: own as unknown as JsonObject, reference, type: task.type, where });
      for (const [i, branch] of forkTasks.entries()) visit(branch, `branch ${i + 1} of ${reference}`);
      for (const [value, body] of Object.entries(decisionCases)) visit(body, `case ${value} of ${reference}`);
      visit(defaultCase, `default case of ${reference}`);
      visit(loopOver, `loop ${reference}`);
    }
  };
  visit((tidyDefinition(definition).tasks ?? []) as unknown as WorkflowTask[], '');
  return found;
}
