import type { ComponentType } from 'react';

/**
 * A route's `lazy` for a page whose code arrives when it is wanted. It is the function form, because with the object form the
 * router keeps silent when the code does not arrive, and shows nothing.
 */
export function lazyPage(load: () => Promise<ComponentType>): () => Promise<{ Component: ComponentType }> {
  return async () => ({ Component: await load() });
}
