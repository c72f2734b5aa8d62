import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import {
  type AccessKeyWithSecret,
  type AuditEntry,
  answer,
  api,
  type Cluster,
  type Me,
  type Operation,
} from './client';
import { ApiError } from './problem';

/** Keys of cached answers; all of an organization begin alike, so that they can be thrown away together. */
export const keys = {
  me: ['me'] as const,
  organization: (org: string) => ['organization', org] as const,
  clusters: (org: string) => ['organization', org, 'clusters'] as const,
  cluster: (org: string, cluster: string) => ['organization', org, 'cluster', cluster] as const,
  nodes: (org: string, cluster: string) => ['organization', org, 'cluster', cluster, 'nodes'] as const,
  commands: (org: string, cluster: string) => ['organization', org, 'cluster', cluster, 'commands'] as const,
  accessKeys: (org: string, cluster: string) => ['organization', org, 'access-keys', cluster] as const,
  backups: (org: string, cluster: string) => ['organization', org, 'backups', cluster] as const,
  network: (org: string, cluster: string) => ['organization', org, 'network', cluster] as const,
  peerings: (org: string, cluster: string) => ['organization', org, 'peerings', cluster] as const,
  freshKey: (org: string, cluster: string) => ['fresh-key', org, cluster] as const,
  clusterEvents: (org: string, cluster: string) =>
    ['organization', org, 'cluster', cluster, 'events'] as const,
  catalog: (org: string) => ['organization', org, 'catalog'] as const,
  cloudAccounts: (org: string) => ['organization', org, 'cloud-accounts'] as const,
  cloudAccountSetup: (org: string, account: string) =>
    ['organization', org, 'cloud-account-setup', account] as const,
  operations: (org: string) => ['organization', org, 'operations'] as const,
  usage: (org: string, cluster: string, days: number) =>
    ['organization', org, 'usage', cluster, days] as const,
  plan: (org: string) => ['organization', org, 'plan'] as const,
  quotas: (org: string) => ['organization', org, 'quotas'] as const,
  members: (org: string) => ['organization', org, 'members'] as const,
  memberSessions: (org: string, member: string) => ['organization', org, 'sessions', member] as const,
  projects: (org: string) => ['organization', org, 'projects'] as const,
  permissions: ['permissions'] as const,
  roles: (org: string) => ['organization', org, 'roles'] as const,
  groups: (org: string) => ['organization', org, 'groups'] as const,
  grants: (org: string) => ['organization', org, 'grants'] as const,
  invitations: (org: string) => ['organization', org, 'invitations'] as const,
  invitation: (token: string) => ['invitation', token] as const,
  singleSignOn: (org: string) => ['organization', org, 'single-sign-on'] as const,
  providers: (org: string) => ['organization', org, 'identity-providers'] as const,
  provider: (org: string, id: string) => ['organization', org, 'identity-providers', id] as const,
  checks: (org: string, id: string) => ['organization', org, 'identity-provider-checks', id] as const,
  audit: (org: string) => ['organization', org, 'audit'] as const,
  domains: (org: string) => ['organization', org, 'domains'] as const,
  sessions: ['sessions'] as const,
  secondFactor: ['second-factor'] as const,
  rules: (org: string) => ['organization', org, 'rules'] as const,
  myApiKeys: ['api-keys'] as const,
  apiKeys: (org: string) => ['organization', org, 'api-keys'] as const,
  serviceAccounts: (org: string) => ['organization', org, 'service-accounts'] as const,
  operation: (id: string) => ['operation', id] as const,
  leftovers: (id: string) => ['leftovers', id] as const,
  execution: (id: string) => ['execution', id] as const,
};

/** Who is signed in; null when nobody is. */
export const meQuery = queryOptions({
  queryKey: keys.me,
  queryFn: async (): Promise<Me | null> => {
    try {
      return await answer(api.GET('/me'));
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: 5 * 60_000,
  // Whether organizations are suspended, or about to be deleted, is told by it.
  refetchInterval: 60_000,
});

/** Whether the account has a second factor. */
export const secondFactorQuery = queryOptions({
  queryKey: keys.secondFactor,
  queryFn: () => answer(api.GET('/me/second-factor')),
});

/** What an organization demands of its members. */
export const rulesQuery = (org: string) =>
  queryOptions({
    queryKey: keys.rules(org),
    queryFn: () => answer(api.GET('/organizations/{org}/rules', { params: { path: { org } } })),
  });

export const clustersQuery = (org: string) =>
  queryOptions({
    queryKey: keys.clusters(org),
    queryFn: (): Promise<Cluster[]> =>
      answer(api.GET('/organizations/{org}/clusters', { params: { path: { org } } })),
  });

export const clusterQuery = (org: string, cluster: string) =>
  queryOptions({
    queryKey: keys.cluster(org, cluster),
    queryFn: (): Promise<Cluster> =>
      answer(api.GET('/organizations/{org}/clusters/{cluster}', { params: { path: { org, cluster } } })),
  });

/** Where clusters can be, and what of. It changes with the control plane's configuration only. */
export const catalogQuery = (org: string) =>
  queryOptions({
    queryKey: keys.catalog(org),
    queryFn: () => answer(api.GET('/organizations/{org}/catalog', { params: { path: { org } } })),
    staleTime: 5 * 60_000,
  });

/** What exists right now of the cluster of an operation. */
export const leftoversQuery = (operation: string) =>
  queryOptions({
    queryKey: keys.leftovers(operation),
    queryFn: () => answer(api.GET('/operations/{operation}/leftovers', { params: { path: { operation } } })),
  });

/** The nodes of a cluster as they have reported last. They do so twice a minute. */
export const nodesQuery = (org: string, cluster: string) =>
  queryOptions({
    queryKey: keys.nodes(org, cluster),
    queryFn: () =>
      answer(
        api.GET('/organizations/{org}/clusters/{cluster}/nodes', { params: { path: { org, cluster } } }),
      ),
    refetchInterval: 10_000,
  });

/** What has happened to a cluster, newest first. */
export const clusterEventsQuery = (org: string, cluster: string) =>
  infiniteQueryOptions({
    queryKey: keys.clusterEvents(org, cluster),
    queryFn: ({ pageParam }) =>
      answer(
        api.GET('/organizations/{org}/clusters/{cluster}/events', {
          params: { path: { org, cluster }, query: { before: pageParam } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    refetchInterval: 15_000,
  });

/** What was asked of the nodes of a cluster, newest first. One that is under way may end at any moment. */
export const commandsQuery = (org: string, cluster: string) =>
  queryOptions({
    queryKey: keys.commands(org, cluster),
    queryFn: () =>
      answer(
        api.GET('/organizations/{org}/clusters/{cluster}/commands', { params: { path: { org, cluster } } }),
      ),
    refetchInterval: ({ state }) =>
      state.data?.some((one) => one.state === 'QUEUED' || one.state === 'TAKEN') ? 1000 : 10_000,
  });

/** The backups of clusters of a name, newest first. */
export const backupsQuery = (org: string, cluster: string) =>
  queryOptions({
    queryKey: keys.backups(org, cluster),
    queryFn: () =>
      answer(
        api.GET('/organizations/{org}/clusters/{cluster}/backups', { params: { path: { org, cluster } } }),
      ),
  });

/** What was used in the last days, today included; of one cluster, or of all with ''. */
export const usageQuery = (org: string, cluster: string, days: number) =>
  queryOptions({
    queryKey: keys.usage(org, cluster, days),
    queryFn: () =>
      answer(
        api.GET('/organizations/{org}/usage', {
          params: { path: { org }, query: usageRange(cluster, days) },
        }),
      ),
  });

/** The parameters of a question about the last days. */
export function usageRange(cluster: string, days: number): { from: string; cluster?: string } {
  const from = new Date(Date.now() - (days - 1) * 86_400_000).toISOString().slice(0, 10);
  return cluster === '' ? { from } : { from, cluster };
}

export const quotasQuery = (org: string) =>
  queryOptions({
    queryKey: keys.quotas(org),
    queryFn: () => answer(api.GET('/organizations/{org}/quotas', { params: { path: { org } } })),
  });

export const accessKeysQuery = (org: string, cluster: string) =>
  queryOptions({
    queryKey: keys.accessKeys(org, cluster),
    queryFn: () =>
      answer(
        api.GET('/organizations/{org}/clusters/{cluster}/access-keys', {
          params: { path: { org, cluster } },
        }),
      ),
  });

export const networkQuery = (org: string, cluster: string) =>
  queryOptions({
    queryKey: keys.network(org, cluster),
    queryFn: () =>
      answer(
        api.GET('/organizations/{org}/clusters/{cluster}/network', { params: { path: { org, cluster } } }),
      ),
  });

export const peeringsQuery = (org: string, cluster: string) =>
  queryOptions({
    queryKey: keys.peerings(org, cluster),
    queryFn: () =>
      answer(
        api.GET('/organizations/{org}/clusters/{cluster}/peerings', { params: { path: { org, cluster } } }),
      ),
    refetchInterval: 30_000, // that a path is broken is found by looking
  });

/**
 * The key that was just made, kept in memory until the page is left for good: its secret fills in the programs to connect
 * with. It never comes from the server and is never stored.
 */
export const freshKeyQuery = (org: string, cluster: string) =>
  queryOptions<AccessKeyWithSecret | null>({
    queryKey: keys.freshKey(org, cluster),
    queryFn: () => null,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  });

export const operationsQuery = (org: string) =>
  queryOptions({
    queryKey: keys.operations(org),
    queryFn: (): Promise<Operation[]> =>
      answer(api.GET('/organizations/{org}/operations', { params: { path: { org } } })),
  });

export const planQuery = (org: string) =>
  queryOptions({
    queryKey: keys.plan(org),
    queryFn: () => answer(api.GET('/organizations/{org}/plan', { params: { path: { org } } })),
  });

export const membersQuery = (org: string) =>
  queryOptions({
    queryKey: keys.members(org),
    queryFn: () => answer(api.GET('/organizations/{org}/members', { params: { path: { org } } })),
  });

/** Where a member is signed in. */
export const memberSessionsQuery = (org: string, member: string) =>
  queryOptions({
    queryKey: keys.memberSessions(org, member),
    queryFn: () =>
      answer(
        api.GET('/organizations/{org}/members/{member}/sessions', { params: { path: { org, member } } }),
      ),
    staleTime: 0,
  });

/** The projects that one sees: the default one first, then by name. */
export const projectsQuery = (org: string) =>
  queryOptions({
    queryKey: keys.projects(org),
    queryFn: () => answer(api.GET('/organizations/{org}/projects', { params: { path: { org } } })),
  });

/** What roles can let people do; the same for everybody. */
export const permissionsQuery = queryOptions({
  queryKey: keys.permissions,
  queryFn: () => answer(api.GET('/permissions')),
  staleTime: Number.POSITIVE_INFINITY,
});

export const rolesQuery = (org: string) =>
  queryOptions({
    queryKey: keys.roles(org),
    queryFn: () => answer(api.GET('/organizations/{org}/roles', { params: { path: { org } } })),
  });

export const cloudAccountsQuery = (org: string) =>
  queryOptions({
    queryKey: keys.cloudAccounts(org),
    queryFn: () => answer(api.GET('/organizations/{org}/cloud-accounts', { params: { path: { org } } })),
  });

/** How the role of an account is made. */
export const cloudAccountSetupQuery = (org: string, account: string) =>
  queryOptions({
    queryKey: keys.cloudAccountSetup(org, account),
    queryFn: () =>
      answer(
        api.GET('/organizations/{org}/cloud-accounts/{account}/setup', {
          params: { path: { org, account } },
        }),
      ),
  });

export const groupsQuery = (org: string) =>
  queryOptions({
    queryKey: keys.groups(org),
    queryFn: () => answer(api.GET('/organizations/{org}/groups', { params: { path: { org } } })),
  });

/** Who was given which role: of what holds in one cluster, or all of it without one. */
export const grantsQuery = (org: string, cluster?: string) =>
  queryOptions({
    queryKey: [...keys.grants(org), cluster ?? ''],
    queryFn: () =>
      answer(api.GET('/organizations/{org}/grants', { params: { path: { org }, query: { cluster } } })),
  });

export const invitationsQuery = (org: string) =>
  queryOptions({
    queryKey: keys.invitations(org),
    queryFn: () => answer(api.GET('/organizations/{org}/invitations', { params: { path: { org } } })),
    // What is being sent arrives within seconds.
    refetchInterval: ({ state }) => (state.data?.some(({ mail }) => mail === 'QUEUED') ? 2000 : false),
  });

export const invitationQuery = (token: string) =>
  queryOptions({
    queryKey: keys.invitation(token),
    queryFn: () => answer(api.POST('/invitations/view', { body: { token } })),
  });

export const singleSignOnQuery = (org: string) =>
  queryOptions({
    queryKey: keys.singleSignOn(org),
    queryFn: () => answer(api.GET('/organizations/{org}/single-sign-on', { params: { path: { org } } })),
  });

export const providersQuery = (org: string) =>
  queryOptions({
    queryKey: keys.providers(org),
    queryFn: () => answer(api.GET('/organizations/{org}/identity-providers', { params: { path: { org } } })),
  });

export const providerQuery = (org: string, provider: string) =>
  queryOptions({
    queryKey: keys.provider(org, provider),
    queryFn: () =>
      answer(
        api.GET('/organizations/{org}/identity-providers/{provider}', {
          params: { path: { org, provider } },
        }),
      ),
    // Whoever comes back from a test log-in wants its result.
    staleTime: 0,
  });

/** What is wrong with a provider's settings; asked for anew each time, as people mend things at the provider meanwhile. */
export const checksQuery = (org: string, provider: string) =>
  queryOptions({
    queryKey: keys.checks(org, provider),
    queryFn: () =>
      answer(
        api.POST('/organizations/{org}/identity-providers/{provider}/checks', {
          params: { path: { org, provider } },
        }),
      ),
    staleTime: 0,
    refetchOnWindowFocus: false,
  });

export const domainsQuery = (org: string) =>
  queryOptions({
    queryKey: keys.domains(org),
    queryFn: () => answer(api.GET('/organizations/{org}/domains', { params: { path: { org } } })),
  });

/** What narrows a search of the audit log; empty texts let everything through. */
export interface AuditFilter {
  text: string;
  actor: string;
  action: string;
  outcome: string;
  /** A day, such as "2026-05-17"; both days are included. */
  from: string;
  to: string;
}

export const auditQuery = (org: string, filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: [...keys.audit(org), filter],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET('/organizations/{org}/audit', {
          params: {
            path: { org },
            query: {
              text: filter.text || undefined,
              actor: filter.actor || undefined,
              action: filter.action || undefined,
              outcome: (filter.outcome as AuditEntry['outcome']) || undefined,
              since: filter.from === '' ? undefined : startOf(filter.from, 0),
              until: filter.to === '' ? undefined : startOf(filter.to, 1),
              before: pageParam,
            },
          },
        }),
      ),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
    // What one does oneself is in it at once.
    staleTime: 0,
  });

/** The beginning of a day in the viewer's zone, or of one some days later. */
function startOf(day: string, later: number): string {
  const date = new Date(`${day}T00:00:00`);
  date.setDate(date.getDate() + later);
  return date.toISOString();
}

export const auditVerificationQuery = (org: string) =>
  queryOptions({
    queryKey: [...keys.audit(org), 'verification'],
    queryFn: () => answer(api.GET('/organizations/{org}/audit/verification', { params: { path: { org } } })),
    staleTime: 0,
  });

export const sessionsQuery = queryOptions({
  queryKey: keys.sessions,
  queryFn: () => answer(api.GET('/me/sessions')),
});

/** One's own API keys. */
export const myApiKeysQuery = queryOptions({
  queryKey: keys.myApiKeys,
  queryFn: () => answer(api.GET('/me/api-keys')),
});

/** The API keys that are good in an organization. */
export const apiKeysQuery = (org: string) =>
  queryOptions({
    queryKey: keys.apiKeys(org),
    queryFn: () => answer(api.GET('/organizations/{org}/api-keys', { params: { path: { org } } })),
  });

export const serviceAccountsQuery = (org: string) =>
  queryOptions({
    queryKey: keys.serviceAccounts(org),
    queryFn: () => answer(api.GET('/organizations/{org}/service-accounts', { params: { path: { org } } })),
  });

export const operationQuery = (id: string) =>
  queryOptions({
    queryKey: keys.operation(id),
    queryFn: (): Promise<Operation> =>
      answer(api.GET('/operations/{operation}', { params: { path: { operation: id } } })),
  });

/** The workflow execution that carries out an operation, as Conductor's JSON. */
export const executionQuery = (id: string) =>
  queryOptions({
    queryKey: keys.execution(id),
    queryFn: () =>
      answer(api.GET('/operations/{operation}/execution', { params: { path: { operation: id } } })),
  });
