import type { components } from '../../src/cloud/api/schema.d.ts';

type Schemas = components['schemas'];

const everybody = 'admin member auditor billing';
const seers = 'admin member auditor';

/** What roles can let people do: name, area, title, whether for single projects and clusters too, and the roles of members. */
const table: [name: string, area: string, title: string, inParts: boolean, roles: string][] = [
  ['organization.read', 'Organization', 'See the organization', false, everybody],
  ['quota.read', 'Organization', 'See plan, usage and limits', false, everybody],
  ['audit.read', 'Organization', 'See who changed what', false, 'admin auditor'],
  ['member.read', 'People', 'See members', false, everybody],
  ['member.create', 'People', 'Add members', false, 'admin'],
  ['organization.update', 'Organization', 'Rename the organization', false, 'admin'],
  [
    'organization.delete',
    'Organization',
    'Delete the organization, and keep it while there is grace',
    false,
    '',
  ],
  ['member.update', 'People', 'Change the roles of members', false, 'admin'],
  ['member.delete', 'People', 'Remove members', false, 'admin'],
  ['session.read', 'People', 'See where members are signed in', false, 'admin auditor'],
  ['session.delete', 'People', 'Sign members out', false, 'admin'],
  ['group.read', 'People', 'See groups', false, seers],
  ['group.update', 'People', 'Make groups, and say who is in them', false, 'admin'],
  ['role.read', 'People', 'See roles and what they allow', false, everybody],
  ['role.update', 'People', 'Make roles', false, 'admin'],
  ['invitation.read', 'People', 'See invitations', false, 'admin auditor'],
  ['invitation.create', 'People', 'Invite people', false, 'admin'],
  ['invitation.delete', 'People', 'Take invitations back', false, 'admin'],
  ['sso.read', 'People', 'See single sign-on', false, 'admin auditor'],
  ['sso.update', 'People', 'Set up single sign-on', false, ''],
  ['serviceaccount.read', 'Programs', 'See service accounts', false, seers],
  ['serviceaccount.update', 'Programs', 'Make service accounts and their API keys', false, 'admin'],
  ['apikey.read', 'Programs', 'See API keys of people and service accounts', false, 'admin auditor'],
  ['apikey.update', 'Programs', 'Pause and delete API keys', false, 'admin'],
  ['project.read', 'Projects', 'See projects', true, seers],
  ['project.create', 'Projects', 'Make projects', false, 'admin'],
  ['project.update', 'Projects', 'Rename and delete projects, and move clusters', true, 'admin'],
  ['grant.read', 'Projects', 'See who was given which role where', true, seers],
  ['grant.create', 'Projects', 'Give roles in projects and clusters, and take them back', true, 'admin'],
  ['operation.read', 'Clusters', 'See operations and their steps', true, seers],
  ['cluster.read', 'Clusters', 'See clusters', true, seers],
  ['cluster.use', 'Clusters', 'Open the console of a cluster', true, seers],
  ['cluster.create', 'Clusters', 'Create clusters', true, 'admin'],
  ['cluster.delete', 'Clusters', 'Delete clusters', true, 'admin'],
  ['cluster.update', 'Clusters', 'Resize, upgrade, pause, back up and restore clusters', true, 'admin'],
  ['cluster.join', 'Clusters', "Connect data planes in networks of one's own", true, 'admin'],
  ['backup.read', 'Clusters', 'See backups', true, seers],
  ['backup.download', 'Clusters', 'Download backups, with all that clusters keep', true, 'admin'],
  ['cloudaccount.read', 'Clusters', "See cloud accounts of one's own", false, seers],
  ['cloudaccount.update', 'Clusters', "Add, check and remove cloud accounts of one's own", false, 'admin'],
  ['accesskey.read', 'Clusters', 'See access keys', true, seers],
  ['accesskey.create', 'Clusters', 'Make access keys', true, 'admin member'],
  ['accesskey.update', 'Clusters', 'Pause access keys and renew their secrets', true, 'admin member'],
  ['accesskey.delete', 'Clusters', 'Delete access keys', true, 'admin'],
  ['cluster.view', 'Inside clusters', 'Look at definitions and executions', true, seers],
  ['cluster.operate', 'Inside clusters', 'Run, pause, retry and end executions', true, 'admin member'],
  ['cluster.develop', 'Inside clusters', 'Change definitions of workflows and tasks', true, 'admin member'],
  ['cluster.administer', 'Inside clusters', 'Everything else, such as secrets', true, 'admin'],
];

export const permissions: Schemas['Permission'][] = table.map(([name, area, title, inParts]) => ({
  name,
  area,
  title,
  inParts,
}));

/** What a built-in role of members lets people do. */
export function permissionsOf(role: string): string[] {
  return table
    .filter(([, , , , roles]) => role === 'owner' || roles.split(' ').includes(role))
    .map(([name]) => name);
}

/** The built-in roles. */
export const builtIn: Schemas['RoleDefinition'][] = [
  ...['owner', 'admin', 'member', 'auditor', 'billing'].map((id) => ({
    id,
    name: id,
    kind: 'organization' as const,
    permissions: permissionsOf(id),
  })),
  ...[
    'project-admin',
    'cluster-admin',
    'cluster-developer',
    'cluster-operator',
    'cluster-viewer',
    'cluster-worker',
    'cluster-guest',
  ].map((id) => ({
    id,
    name: id,
    kind: 'part' as const,
    permissions: ['cluster.read', 'cluster.use', 'cluster.view'],
  })),
];
