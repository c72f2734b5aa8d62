import { type ApiKey, type ApiKeyWithSecret, answer, api } from '../api/client';
import { keys } from '../api/queries';

/** How much longer a key's secrets are good. */
interface Renewal {
  graceHours: number;
  expiresInDays: number;
}

/** Where keys are changed: one's own, or those in an organization. */
export interface Door {
  /** The list that changes with them. */
  queryKey: readonly string[];
  pause: (key: ApiKey, paused: boolean) => Promise<ApiKey>;
  rotate: (key: ApiKey, body: Renewal) => Promise<ApiKeyWithSecret>;
  remove: (key: ApiKey) => Promise<unknown>;
}

/** One's own keys. */
export const ownDoor: Door = {
  queryKey: keys.myApiKeys,
  pause: ({ id }, paused) =>
    answer(api.PATCH('/me/api-keys/{key}', { params: { path: { key: id } }, body: { paused } })),
  rotate: ({ id }, body) =>
    answer(api.POST('/me/api-keys/{key}/rotate', { params: { path: { key: id } }, body })),
  remove: ({ id }) => answer(api.DELETE('/me/api-keys/{key}', { params: { path: { key: id } } })),
};

/** The keys that are good in an organization. */
export const doorOf = (org: string): Door => ({
  queryKey: keys.apiKeys(org),
  pause: ({ id }, paused) =>
    answer(
      api.PATCH('/organizations/{org}/api-keys/{key}', {
        params: { path: { org, key: id } },
        body: { paused },
      }),
    ),
  rotate: ({ id }, body) =>
    answer(
      api.POST('/organizations/{org}/api-keys/{key}/rotate', { params: { path: { org, key: id } }, body }),
    ),
  remove: ({ id }) =>
    answer(api.DELETE('/organizations/{org}/api-keys/{key}', { params: { path: { org, key: id } } })),
});
