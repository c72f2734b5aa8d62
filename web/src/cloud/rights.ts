import { useOrganization } from './session';

/** Things that one may do there, or not: an organization, a project or a cluster as one sees it. */
interface Held {
  permissions: string[];
}

/** Whether one may do something there; the names of permissions are those of the API. */
export const may = ({ permissions }: Held, permission: string) => permissions.includes(permission);

/**
 * Why one may not do something there, undefined: one may. To be given to what is disabled by it, for instance
 * whyNot(cluster, 'cluster.delete', 'delete clusters').
 */
export function whyNot(held: Held, permission: string, what: string): string | undefined {
  return may(held, permission)
    ? undefined
    : `Your role does not let you ${what}. Owners and admins can change it.`;
}

/** Like whyNot, in the organization of the page. */
export const useWhyNot = () => {
  const organization = useOrganization();
  return (permission: string, what: string) => whyNot(organization, permission, what);
};
