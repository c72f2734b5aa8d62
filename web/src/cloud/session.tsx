import { createContext, useContext } from 'react';
import { answer, api, type Me, type Organization } from './api/client';
import { paths } from './paths';

/** Who is signed in, for everything under RequireSession. */
export const MeContext = createContext<Me | undefined>(undefined);

export function useMe(): Me {
  const me = useContext(MeContext);
  if (me === undefined) throw new Error('useMe needs RequireSession above it');
  return me;
}

/** The organization of the page, for everything under OrganizationFrame. */
export const OrganizationContext = createContext<Organization | undefined>(undefined);

export function useOrganization(): Organization {
  const organization = useContext(OrganizationContext);
  if (organization === undefined) throw new Error('useOrganization needs OrganizationFrame above it');
  return organization;
}

/**
 * Ends the session and begins anew: loading the page leaves nothing of the account in memory. A session that came through an
 * identity provider ends there too, which sends the browser back.
 */
export async function signOut(): Promise<void> {
  const next: { url: string } | undefined = await answer(api.POST('/logout'));
  window.location.assign(next?.url ?? paths.signIn);
}

const lastOrganizationKey = 'podium-organization';

/** Remembers where one works, for the next visit's first page. */
export function rememberOrganization(name: string) {
  try {
    localStorage.setItem(lastOrganizationKey, name);
  } catch {
    // Storage is forbidden here: the first organization by name it is.
  }
}

/** The organization to begin with: the last one that was looked at, else the first. */
export function firstOrganization(me: Me): Organization | undefined {
  let last: string | null = null;
  try {
    last = localStorage.getItem(lastOrganizationKey);
  } catch {
    // As above.
  }
  return me.organizations.find((one) => one.name === last) ?? me.organizations[0];
}
