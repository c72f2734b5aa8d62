import type { StateKind } from '../ui/status';
import type { Command, CommandKind } from './api/client';

/** What can be asked of a node, in words. */
export const commandWords: Record<CommandKind, { title: string; does: string }> = {
  'collect-diagnostics': {
    title: 'Collect diagnostics',
    does: 'It tells its version, its machine, and how many executions are in which state. Nothing of what it keeps leaves it.',
  },
  'rotate-certificate': {
    title: 'Rotate its certificate',
    does: 'It makes another key, and gets a certificate for that. The present ones end.',
  },
  'back-up': {
    title: 'Make a backup that stays there',
    does: 'It writes a backup into the folder that its owner has set up for that. The backup does not leave that machine.',
  },
  drain: {
    title: 'Drain it',
    does: 'It hands out no tasks and begins no executions any more; what workers have from it they finish. It takes work again when it is resumed, or started anew.',
  },
  resume: {
    title: 'Resume it',
    does: 'It takes work again.',
  },
  update: {
    title: 'Update',
    does: 'It fetches a signed release, verifies it, and runs it; the former one again if that does not become healthy.',
  },
};

/** What a node is asked for in its menu: it is updated with the other nodes, by an operation of the cluster. */
export const menuKinds = (Object.keys(commandWords) as CommandKind[]).filter((kind) => kind !== 'update');

/** How a command stands, in words. */
export const commandStates: Record<Command['state'], { kind: StateKind; word: string; means: string }> = {
  QUEUED: { kind: 'waiting', word: 'Waiting', means: 'The node gets it when it calls.' },
  TAKEN: { kind: 'running', word: 'Under way', means: 'The node has it.' },
  DONE: { kind: 'success', word: 'Done', means: '' },
  FAILED: { kind: 'failed', word: 'Failed', means: '' },
  REFUSED: { kind: 'cancelled', word: 'Refused', means: '' },
  LOST: {
    kind: 'warning',
    word: 'Unknown',
    means: 'The node has fallen silent since it took this. If it calls again, it tells what came of it.',
  },
  EXPIRED: { kind: 'timed-out', word: 'Expired', means: 'The node did not call in time. Nothing was done.' },
};
