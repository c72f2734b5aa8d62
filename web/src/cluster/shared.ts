import type { Access, Grant, Kind } from './client/types';

/** What is shared, in words. */
interface KindWords {
  title: string;
  /** One of them in a sentence. */
  of: (id: string) => string;
  /** What its name is, as asked for in a form. */
  hint: string;
  /** What may be done with it, what allows least first: in a sentence, and in full. */
  access: Partial<Record<Access, { verb: string; full: string }>>;
}

export const kinds: Record<Kind, KindWords> = {
  WORKFLOW_DEF: {
    title: 'Workflow',
    of: (id) => `the workflow ${id}`,
    hint: 'Its name. It need not be registered yet.',
    access: {
      READ: { verb: 'see', full: 'See it and its executions' },
      EXECUTE: { verb: 'run', full: 'Run it; pause, retry and end its executions' },
      UPDATE: { verb: 'change', full: 'Change its definition' },
      DELETE: { verb: 'delete', full: 'Delete versions and executions' },
      CREATE: { verb: 'create', full: 'Register it, while it is not there' },
    },
  },
  TASK_DEF: {
    title: 'Task type',
    of: (id) => `tasks of the type ${id}`,
    hint: 'The name of the task definition, as workers poll for it.',
    access: {
      READ: { verb: 'see', full: 'See its definition' },
      EXECUTE: { verb: 'work on', full: 'Work on its tasks, as workers do' },
      UPDATE: { verb: 'change', full: 'Change its definition' },
      DELETE: { verb: 'delete', full: 'Delete its definition' },
      CREATE: { verb: 'create', full: 'Register it, while it is not there' },
    },
  },
  SECRET_NAME: {
    title: 'Secret',
    of: (id) => `the secret ${id}`,
    hint: 'Its name.',
    access: {
      READ: { verb: 'use', full: 'Use it in definitions' },
      UPDATE: { verb: 'change', full: 'Write its value anew' },
      DELETE: { verb: 'delete', full: 'Delete it' },
      CREATE: { verb: 'create', full: 'Make it, while it is not there' },
    },
  },
  DOMAIN: {
    title: 'Task domain',
    of: (id) => `tasks in the domain ${id}`,
    hint: 'The name that workers poll with.',
    access: { EXECUTE: { verb: 'work on', full: 'Work on its tasks, as workers do' } },
  },
  TAG: {
    title: 'Tag',
    of: (id) => `whatever is tagged ${id}`,
    hint: 'As key:value. It stands for all workflows, task types and secrets that have it, now and later.',
    access: {
      READ: { verb: 'see', full: 'See them; use the secrets' },
      EXECUTE: { verb: 'run', full: 'Run the workflows, and work on the tasks' },
      UPDATE: { verb: 'change', full: 'Change them' },
      DELETE: { verb: 'delete', full: 'Delete them' },
      CREATE: { verb: 'create', full: 'Make workflows and secrets, which get the tag' },
    },
  },
};

/** Accesses in a sentence: "see, run and change". */
export function accessText(kind: Kind, access: readonly Access[]): string {
  const words = kinds[kind].access;
  const verbs = (Object.keys(words) as Access[])
    .filter((each) => access.includes(each))
    .map((each) => words[each]?.verb ?? '');
  const last = verbs.pop() ?? 'do nothing with';
  return verbs.length === 0 ? last : `${verbs.join(', ')} and ${last}`;
}

/** What a grant allows: "run the workflow orders". */
export function grantText({ access, target: { type, id } }: Grant): string {
  return `${accessText(type, access)} ${kinds[type].of(id)}`;
}

/** Tells grants apart. */
export function grantKey({ subject, target }: Grant): string {
  return [subject.type, subject.id, target.type, target.id].join(' ');
}
