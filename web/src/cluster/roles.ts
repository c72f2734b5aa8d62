/** What a role in the cluster is called, and what one may do by it. */
export interface RoleWords {
  title: string;
  can: string;
}

const admin = { title: 'Admin', can: 'Everything, also who may do what.' };
const developer = { title: 'Developer', can: 'Define, run and operate workflows; secrets and schedules.' };
const operator = { title: 'Operator', can: 'Run, pause, retry and end executions. No definitions.' };
const worker = { title: 'Worker', can: 'Work on tasks and start workflows, as programs do.' };
const viewer = { title: 'Viewer', can: 'Look, and change nothing.' };
const guest = { title: 'Guest', can: 'Only what is shared.' };

/** Roles by their names: those of sessions and access keys, and those that applications are given. */
const roles: Record<string, RoleWords> = {
  admin,
  developer,
  operator,
  worker,
  viewer,
  guest,
  ADMIN: admin,
  METADATA_MANAGER: developer,
  WORKFLOW_MANAGER: operator,
  UNRESTRICTED_WORKER: worker,
  USER_READ_ONLY: viewer,
  USER: guest,
  WORKER: guest,
};

/** The roles that an application can be given, those that allow least first. */
export const applicationRoles = [
  'UNRESTRICTED_WORKER',
  'USER_READ_ONLY',
  'WORKFLOW_MANAGER',
  'METADATA_MANAGER',
  'ADMIN',
] as const;

export const roleWords = (role: string): RoleWords => roles[role] ?? { title: role, can: '' };
