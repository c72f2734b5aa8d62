import type { Grant } from '../api/client';
import { roleWords } from '../roles';

/** A grant as one says it: "Operator in encoding". */
export function grantInWords({ role, roleName, cluster, project }: Grant): string {
  const title = roleWords(role)?.title ?? roleName ?? role;
  if (cluster !== undefined) return `${title} in ${cluster}`;
  return project === undefined ? `${title} everywhere` : `${title} in project ${project}`;
}
