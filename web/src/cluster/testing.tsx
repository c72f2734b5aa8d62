import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { QueryClientProvider } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { onTestFinished, vi } from 'vitest';
import { handle } from '../../mock/cluster/handler.ts';
import { World } from '../../mock/cluster/world.ts';
import { KitProvider } from '../ui/provider';
import { forgetAccess } from './access';
import { newQueryClient } from './client/query-client';
import { routes } from './routes';

/** A console in a page of its own, over a data plane from memory that is really called. */
export interface TestConsole {
  world: World;
  user: ReturnType<typeof userEvent.setup>;
  /** Where the console is. */
  address: () => string;
}

/** Opens the console at an address. */
export async function openConsole(
  address: string,
  options: Partial<ConstructorParameters<typeof World>[0]> = {},
): Promise<TestConsole> {
  const world = new World({ empty: false, auth: 'none', ...options });
  const server = createServer((request, response) => {
    handle(world, request, response).catch((error: Error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const send = globalThis.fetch;
  vi.stubGlobal('fetch', (path: string, init?: RequestInit) => send(origin + path, init));
  vi.stubGlobal('matchMedia', () => ({ matches: true }));
  layOut();
  onTestFinished(() => {
    forgetAccess();
    sessionStorage.clear();
    vi.unstubAllGlobals();
    server.closeAllConnections();
    server.close();
  });

  const router = createMemoryRouter(routes, { initialEntries: [address] });
  const page = render(
    <QueryClientProvider client={newQueryClient()}>
      <KitProvider>
        <RouterProvider router={router} />
      </KitProvider>
    </QueryClientProvider>,
  );
  onTestFinished(() => page.unmount());
  return {
    world,
    user: userEvent.setup(),
    address: () => router.state.location.pathname + router.state.location.search,
  };
}

/** jsdom lays nothing out; what draws only as much as is in view needs a size. */
function layOut() {
  for (const [property, value] of [
    ['offsetHeight', 600],
    ['offsetWidth', 900],
    ['clientHeight', 600],
    ['clientWidth', 900],
  ] as const) {
    vi.spyOn(HTMLElement.prototype, property, 'get').mockReturnValue(value);
  }
}
