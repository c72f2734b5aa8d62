import { useQuery } from '@tanstack/react-query';
import { grantsQuery, invitationsQuery, membersQuery, serviceAccountsQuery } from '../api/queries';
import { may } from '../rights';
import { useOrganization } from '../session';

/** Somebody who has a role, or will have it. */
export interface Holder {
  id: string;
  kind: 'person' | 'group' | 'service account' | 'invitation';
  name: string;
  /** Where it holds, such as "Whole organization". */
  where: string;
}

const everywhere = 'Whole organization';

/** Who has which role, as far as the caller sees it; undefined until it is known. */
export function useHolders(): ((role: string) => Holder[]) | undefined {
  const organization = useOrganization();
  const org = organization.name;
  const sees = (permission: string) => ({ enabled: may(organization, permission) });
  const members = useQuery({ ...membersQuery(org), ...sees('member.read') });
  const grants = useQuery({ ...grantsQuery(org), ...sees('grant.read') });
  const accounts = useQuery({ ...serviceAccountsQuery(org), ...sees('serviceaccount.read') });
  const invitations = useQuery({ ...invitationsQuery(org), ...sees('invitation.read') });
  if ([members, grants, accounts, invitations].some(({ isLoading }) => isLoading)) return undefined;
  const has =
    (wanted: string) =>
    ({ role }: { role?: string }) =>
      role === wanted;
  return (role) => [
    ...(members.data ?? []).filter(has(role)).map(
      ({ id, name, email }): Holder => ({
        id,
        kind: 'person',
        name: `${name} (${email})`,
        where: everywhere,
      }),
    ),
    ...(accounts.data ?? [])
      .filter(has(role))
      .map(({ id, name }): Holder => ({ id, kind: 'service account', name, where: everywhere })),
    ...(grants.data ?? []).filter(has(role)).map(
      ({ id, principalKind, principalName, cluster, project }): Holder => ({
        id,
        kind: kinds[principalKind],
        name: principalName,
        where:
          cluster !== undefined
            ? `Cluster ${cluster}`
            : project !== undefined
              ? `Project ${project}`
              : everywhere,
      }),
    ),
    ...(invitations.data ?? [])
      .filter(has(role))
      .map(({ id, email }): Holder => ({ id, kind: 'invitation', name: email, where: everywhere })),
  ];
}

const kinds = { user: 'person', group: 'group', 'service-account': 'service account' } as const;

/** How many have it, in words: "2 people, 1 group". */
export function holdersInWords(holders: Holder[]): string {
  const words: Record<Holder['kind'], [one: string, many: string]> = {
    person: ['person', 'people'],
    group: ['group', 'groups'],
    'service account': ['service account', 'service accounts'],
    invitation: ['invitation', 'invitations'],
  };
  const parts = Object.entries(words).flatMap(([kind, [one, many]]) => {
    const n = new Set(holders.filter((each) => each.kind === kind).map(({ name }) => name)).size;
    return n === 0 ? [] : [`${n} ${n === 1 ? one : many}`];
  });
  return parts.length === 0 ? 'Nobody' : parts.join(', ');
}
