/**
 * Where this console is, below its origin: the cloud serves those of clusters that a browser cannot reach itself, each below
 * `/through/` and the cluster's id. A data plane serves its own at the root.
 */
const place = /^\/through\/([\w-]+)(?=\/|$)/.exec(location.pathname);

/** What the paths of pages and calls begin with; empty at the root. */
export const base = place?.[0] ?? '';

/** The cluster whose console comes through the cloud; undefined at the root. */
export const throughCluster = place?.[1];
