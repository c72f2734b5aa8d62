/** What a role is called, and what one may do by it, in one sentence. */
interface Words {
  title: string;
  can: string;
}

const members: Record<string, Words> = {
  owner: { title: 'Owner', can: 'Everything, also who owns the organization and how people sign in to it.' },
  admin: { title: 'Admin', can: 'Clusters, keys and people. Not owners, and not how people sign in.' },
  member: { title: 'Member', can: 'Work with all clusters, and make access keys for applications.' },
  auditor: { title: 'Auditor', can: 'See everything, change nothing.' },
  billing: { title: 'Billing', can: 'See plan and usage. No clusters, but those that are given one by one.' },
};

const parts: Record<string, Words> = {
  'project-admin': {
    title: 'Project admin',
    can: 'Create and delete clusters in the project, and say who may use them.',
  },
  'cluster-admin': { title: 'Cluster admin', can: 'Everything in a cluster, its keys, and who may use it.' },
  'cluster-developer': { title: 'Developer', can: 'Define, run and operate workflows.' },
  'cluster-operator': { title: 'Operator', can: 'Run, pause, retry and end executions. No definitions.' },
  'cluster-viewer': { title: 'Viewer', can: 'Look, and change nothing.' },
  'cluster-worker': {
    title: 'Worker',
    can: 'Work on tasks and start workflows, as programs do. No console.',
  },
  'cluster-guest': {
    title: 'Guest',
    can: 'Open the console, for what is shared with them in it. Nothing else.',
  },
};

/** The built-in roles of members, the mightiest first. */
export const memberRoles = Object.keys(members);

/** The built-in roles for projects and clusters, the mightiest first. */
export const partRoles = Object.keys(parts);

/** What a built-in role is called and allows; undefined for a role that an organization has made. */
export const roleWords = (role: string): Words | undefined => members[role] ?? parts[role];

/** The name of a role: made by the organization, it is found among its roles, and until they are there it has none. */
export function roleTitle(role: string, made: { id: string; name: string }[] = []): string {
  return roleWords(role)?.title ?? made.find(({ id }) => id === role)?.name ?? 'Own role';
}
