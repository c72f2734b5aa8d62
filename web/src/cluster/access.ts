import { useSyncExternalStore } from 'react';

/**
 * The token that this window calls the data plane with. It lasts as long as the window, under the cluster's id, so that
 * one origin that serves another cluster tomorrow does not get the token of today's.
 */
interface Access {
  clusterId: string | undefined;
  token: string | undefined;
  /** A token was refused: it ran out, or its key was deleted. */
  refused: boolean;
}

let access: Access = { clusterId: undefined, token: undefined, refused: false };
const listeners = new Set<() => void>();

function change(next: Partial<Access>) {
  access = { ...access, ...next };
  for (const listener of listeners) listener();
}

const storageKey = (clusterId: string) => `podium-token-${clusterId}`;

/** The token to send, if there is one. */
export function accessToken(): string | undefined {
  return access.token;
}

/**
 * Takes the token that a link brought in the address (`#token=…`), and removes it from there before anyone can copy it.
 * Call it before anything else reads the address.
 */
export function takeTokenFromAddress(): void {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get('token');
  if (token === null) return;
  history.replaceState(history.state, '', location.pathname + location.search);
  if (token !== '') change({ token, refused: false });
}

/** Names the cluster, once it is known: keeps the token that came by address under it, or finds the one kept before. */
export function enterCluster(clusterId: string): void {
  if (access.clusterId === clusterId) return;
  const brought = access.token;
  change({ clusterId, token: brought ?? stored(clusterId) });
  if (brought !== undefined) store(clusterId, brought);
}

/** Uses and keeps a token. */
export function grantAccess(token: string): void {
  change({ token, refused: false });
  if (access.clusterId !== undefined) store(access.clusterId, token);
}

/** Drops the token that was refused; a newer one stays. */
export function refuseAccess(token: string | undefined): void {
  if (token !== access.token) return;
  if (access.clusterId !== undefined) store(access.clusterId, undefined);
  change({ token: undefined, refused: token !== undefined });
}

/** Forgets the token, at the viewer's wish. */
export function leaveCluster(): void {
  if (access.clusterId !== undefined) store(access.clusterId, undefined);
  change({ token: undefined, refused: false });
}

const refusals = new Set<() => void>();

/** Has f called whenever a call is refused that the viewer was thought to be allowed; returns what ends it. */
export function onRefusal(f: () => void): () => void {
  refusals.add(f);
  return () => refusals.delete(f);
}

/** Tells that a call was refused: the viewer's rights have changed, perhaps. */
export function noteRefusal(): void {
  for (const each of refusals) each();
}

/** Begins anew, as loading the page does. */
export function forgetAccess(): void {
  change({ clusterId: undefined, token: undefined, refused: false });
}

export function useAccess(): Readonly<Access> {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => access,
  );
}

function stored(clusterId: string): string | undefined {
  try {
    return sessionStorage.getItem(storageKey(clusterId)) ?? undefined;
  } catch {
    return undefined;
  }
}

function store(clusterId: string, token: string | undefined) {
  try {
    if (token === undefined) sessionStorage.removeItem(storageKey(clusterId));
    else sessionStorage.setItem(storageKey(clusterId), token);
  } catch {
    // Storage is forbidden here: the token lasts until the page is loaded again.
  }
}
