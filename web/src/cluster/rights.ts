import type { Access, Kind, Me, Permission } from './client/types';
import type { Obstacle } from './possible';
import { roleWords } from './roles';

/** What must be allowed for something to be done: everywhere, or for one thing, or for any thing of a kind. */
export interface Need {
  permission: Permission;
  /** What is done, as in "let you …". */
  doing: string;
  thing?: { kind: Kind; name?: string; access: Access };
  /** It is enough to be allowed it with something. */
  anything?: boolean;
}

const withThing = (kind: Kind, access: Access, permission: Permission, doing: string) => (name?: string) => ({
  permission,
  doing,
  thing: { kind, access, ...(name !== undefined && { name }) },
});

const everywhere = (permission: Permission, doing: string): Need => ({ permission, doing });

/** What is needed for what the console shows and does. Without a name: for any one. */
export const needs = {
  seeDefinition: withThing('WORKFLOW_DEF', 'READ', 'workflow:read', 'see this definition'),
  newDefinition: withThing('WORKFLOW_DEF', 'CREATE', 'workflow:write', 'make definitions')(),
  editDefinition: withThing('WORKFLOW_DEF', 'UPDATE', 'workflow:write', 'change this definition'),
  deleteDefinition: withThing('WORKFLOW_DEF', 'DELETE', 'workflow:write', 'delete this definition'),
  run: withThing('WORKFLOW_DEF', 'EXECUTE', 'execution:start', 'run this workflow'),
  operate: withThing('WORKFLOW_DEF', 'EXECUTE', 'execution:operate', 'steer its executions'),
  work: withThing('WORKFLOW_DEF', 'EXECUTE', 'task:work', 'end its tasks'),
  remove: withThing('WORKFLOW_DEF', 'DELETE', 'execution:remove', 'delete its executions'),
  newTaskDefinition: withThing('TASK_DEF', 'CREATE', 'taskdef:write', 'make task definitions')(),
  editTaskDefinition: withThing('TASK_DEF', 'UPDATE', 'taskdef:write', 'change this task definition'),
  deleteTaskDefinition: withThing('TASK_DEF', 'DELETE', 'taskdef:write', 'delete this task definition'),
  newSecret: withThing('SECRET_NAME', 'CREATE', 'secret:write', 'make secrets')(),
  editSecret: withThing('SECRET_NAME', 'UPDATE', 'secret:write', 'change this secret'),
  deleteSecret: withThing('SECRET_NAME', 'DELETE', 'secret:write', 'delete this secret'),
  variables: everywhere('variable:write', 'change the environment'),
  requeue: everywhere('queue:operate', 'put tasks back into queues'),
  schedules: everywhere('schedule:write', 'change schedules'),
  pauseSchedules: everywhere('schedule:operate', 'pause and resume schedules'),
  eventHandlers: everywhere('event:write', 'change event handlers'),
  access: everywhere('access:write', 'say who may do what'),
  fence: everywhere('access:write', 'lift the fence'),
} as const;

/** What the viewer may do. */
export class Rights {
  readonly me: Me;
  private readonly all: ReadonlySet<Permission>;
  private readonly some: ReadonlySet<Permission>;

  constructor(me: Me) {
    this.me = me;
    this.all = new Set(me.permissions);
    this.some = new Set(me.some);
  }

  /** Whether something is allowed everywhere in the cluster. */
  may(permission: Permission): boolean {
    return this.all.has(permission);
  }

  /** Whether something is allowed at least with some things. */
  maySome(permission: Permission): boolean {
    return this.all.has(permission) || this.some.has(permission);
  }

  /** Why something cannot be done; undefined: it can. */
  lacks({ permission, doing, thing, anything }: Need): Obstacle {
    if (this.may(permission) || (anything && this.some.has(permission))) return undefined;
    if (thing && this.some.has(permission)) {
      const granted = this.me.things[thing.kind] ?? {};
      const accesses = thing.name === undefined ? Object.values(granted) : [granted[thing.name] ?? []];
      // What is made by a grant on a tag gets the tag.
      const tagged = thing.access === 'CREATE' && thing.kind !== 'TASK_DEF' ? this.me.things.TAG : undefined;
      if (tagged) accesses.push(...Object.values(tagged));
      if (accesses.some((each) => each.includes(thing.access))) return undefined;
    }
    return `${this.who()} does not let you ${doing}. ${whomToAsk(this.me)}`;
  }

  private who(): string {
    const { application, roles } = this.me;
    const titles = [...new Set(roles.map(({ role }) => roleWords(role).title))];
    if (application !== undefined) return 'This access key';
    return titles.length === 0 ? 'What was shared with you' : `Your role, ${titles.join(' and ')},`;
  }
}

/** Who can give more. */
export function whomToAsk({ managed }: Pick<Me, 'managed'>): string {
  return managed
    ? 'Ask an admin of this cluster, or an owner of the organization.'
    : 'Ask whoever runs this cluster.';
}
