import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { QueryClientProvider } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { onTestFinished, vi } from 'vitest';
import { handle } from '../../mock/cloud/handler.ts';
import { seed } from '../../mock/cloud/seed.ts';
import type { World } from '../../mock/cloud/world.ts';
import { KitProvider } from '../ui/provider';
import { keys } from './api/queries';
import { newQueryClient } from './api/query-client';
import { newRoutes } from './routes';

/** A console in a page of its own, over a control plane from memory that is really called. */
export interface TestConsole {
  world: World;
  user: ReturnType<typeof userEvent.setup>;
  /** Where the console is. */
  address: () => string;
  /** How many times a page was asked for, the first one and the page that is already there among them. */
  navigations: () => number;
  /** Has the console ask anew who is signed in, and what for. */
  refreshMe: () => Promise<void>;
  /** Makes the server forget all sessions. */
  expireSessions: () => void;
}

/** Opens the console at an address, signed in as Ada unless told otherwise. The world is prepared before. */
export async function openConsole(
  address: string,
  { signedIn = true, prepare = () => {} }: { signedIn?: boolean; prepare?: (world: World) => void } = {},
): Promise<TestConsole> {
  const world = seed();
  prepare(world);
  const server = createServer((request, response) => {
    handle(world, 5, request, response).catch((error: Error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    vi.unstubAllGlobals();
    server.closeAllConnections();
    server.close();
  });
  if (signedIn) world.sessions.set('ada', 'ada@example.com');
  redirectCalls(
    `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    signedIn ? 'podium_session=ada' : '',
  );

  const router = createMemoryRouter(newRoutes(), { initialEntries: [address] });
  const asked = new Set([router.state.location.key]);
  onTestFinished(
    router.subscribe(({ navigation, location }) => {
      asked.add(navigation.location?.key ?? location.key);
    }),
  );
  const client = newQueryClient();
  const page = render(
    <QueryClientProvider client={client}>
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
    navigations: () => asked.size,
    refreshMe: () => client.invalidateQueries({ queryKey: keys.me }),
    expireSessions: () => world.sessions.clear(),
  };
}

/** Does what a browser does for calls to the page's own origin: finds the server and keeps its cookie. */
function redirectCalls(origin: string, cookie: string) {
  const send = globalThis.fetch;
  let jar = cookie;
  vi.stubGlobal('fetch', async (input: Request | string, init?: RequestInit) => {
    const request = new Request(
      new URL(input instanceof Request ? input.url : input, globalThis.location.origin),
      {
        ...(input instanceof Request && {
          method: input.method,
          headers: input.headers,
          body: input.method === 'GET' ? undefined : await input.text(),
        }),
        ...init,
      },
    );
    const { pathname, search } = new URL(request.url);
    const response = await send(origin + pathname + search, {
      method: request.method,
      headers: { ...Object.fromEntries(request.headers), cookie: jar },
      body: request.method === 'GET' ? undefined : await request.text(),
      signal: init?.signal,
    });
    jar = response.headers.getSetCookie()[0]?.split(';')[0] ?? jar;
    return response;
  });
}
