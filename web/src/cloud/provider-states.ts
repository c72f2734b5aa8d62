import type { StateKind } from '../ui/status';
import type { IdentityProvider } from './api/client';

/** The states of an identity provider as they are shown. */
export const providerStates: Record<IdentityProvider['state'], { kind: StateKind; word: string }> = {
  DRAFT: { kind: 'pending', word: 'Draft' },
  TEST: { kind: 'waiting', word: 'In test' },
  ACTIVE: { kind: 'success', word: 'Active' },
};
