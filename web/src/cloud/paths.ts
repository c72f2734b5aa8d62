/** Addresses of the pages. */
export const paths = {
  home: '/',
  signIn: '/sign-in',
  signUp: '/sign-up',
  newOrganization: '/new-organization',
  clusters: (org: string) => `/organizations/${encodeURIComponent(org)}/clusters`,
  createCluster: (org: string) => `/organizations/${encodeURIComponent(org)}/create-cluster`,
  cluster: (org: string, cluster: string, tab?: ClusterTab) =>
    `${paths.clusters(org)}/${encodeURIComponent(cluster)}${tab === undefined || tab === 'overview' ? '' : `/${tab}`}`,
  join: (org: string, cluster: string) => `${paths.cluster(org, cluster)}/join`,
  usage: (org: string) => `/organizations/${encodeURIComponent(org)}/usage`,
  operations: (org: string) => `/organizations/${encodeURIComponent(org)}/operations`,
  operation: (org: string, id: string) => `${paths.operations(org)}/${encodeURIComponent(id)}`,
  sessions: '/sessions',
  secondFactor: (next?: string) =>
    `/second-factor${next === undefined ? '' : `?next=${encodeURIComponent(next)}`}`,
  apiKeys: '/api-keys',
  serviceAccounts: (org: string) => `/organizations/${encodeURIComponent(org)}/service-accounts`,
  singleSignOn: (org: string) => `/organizations/${encodeURIComponent(org)}/single-sign-on`,
  newProvider: (org: string) => `${paths.singleSignOn(org)}/new`,
  provider: (org: string, id: string) => `${paths.singleSignOn(org)}/${encodeURIComponent(id)}`,
  organization: (org: string) => `/organizations/${encodeURIComponent(org)}/organization`,
  audit: (org: string) => `/organizations/${encodeURIComponent(org)}/audit`,
  cloudAccounts: (org: string) => `/organizations/${encodeURIComponent(org)}/cloud-accounts`,
  projects: (org: string) => `/organizations/${encodeURIComponent(org)}/projects`,
  project: (org: string, name: string) => `${paths.projects(org)}/${encodeURIComponent(name)}`,
  roles: (org: string) => `/organizations/${encodeURIComponent(org)}/roles`,
  role: (org: string, id: string) => `${paths.roles(org)}/${encodeURIComponent(id)}`,
  newRole: (org: string, from?: string) =>
    `/organizations/${encodeURIComponent(org)}/new-role${from === undefined ? '' : `?from=${encodeURIComponent(from)}`}`,
  compareRoles: (org: string) => `/organizations/${encodeURIComponent(org)}/compare-roles`,
  groups: (org: string) => `/organizations/${encodeURIComponent(org)}/groups`,
  members: (org: string) => `/organizations/${encodeURIComponent(org)}/members`,
};

/** Views of a cluster, as they stand in its address. */
export const clusterTabs = [
  'overview',
  'connect',
  'access-keys',
  'access',
  'nodes',
  'network',
  'backups',
  'events',
  'usage',
  'settings',
] as const;

export type ClusterTab = (typeof clusterTabs)[number];

/** Where to go after signing in: the page that was wanted, as long as it is one of this console. */
export function safeNext(next: string | null): string {
  // "//host" and "/\host" would lead to another site.
  return next !== null && /^\/(?![/\\])/.test(next) ? next : paths.home;
}
