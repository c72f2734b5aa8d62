import type { Member } from './api/client';

type Role = Member['role'];

/** The built-in roles of members, the mightiest first: what they are called, and what one may do by them. */
export const memberRoles: Record<Role, { title: string; can: string }> = {
  owner: { title: 'Owner', can: 'Everything, also who owns the organization and how people sign in to it.' },
  admin: { title: 'Admin', can: 'Clusters, keys and people. Not owners, and not how people sign in.' },
  member: { title: 'Member', can: 'Work with all clusters, and make access keys for applications.' },
  auditor: { title: 'Auditor', can: 'See everything, change nothing.' },
  billing: { title: 'Billing', can: 'See plan and usage. No clusters.' },
};

/** All built-in roles, the mightiest first. */
export const memberRoleNames = Object.keys(memberRoles) as Role[];
