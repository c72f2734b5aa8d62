import type { Info } from './client/types';

/** Where the cluster stands in the cloud console; undefined for one that belongs to none. */
export function cloudAddress({ consoleOrigin, organization, clusterName }: Info): string | undefined {
  // Only web addresses: what another server says must not become a link that runs something.
  if (!/^https?:\/\//.test(consoleOrigin ?? '')) return undefined;
  const origin = consoleOrigin.replace(/\/+$/, '');
  if (!organization || !clusterName) return origin;
  return `${origin}/organizations/${encodeURIComponent(organization)}/clusters/${encodeURIComponent(clusterName)}`;
}
