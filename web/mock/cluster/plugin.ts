import type { Connect, Plugin } from 'vite';
import { me } from './access.ts';
import { handle } from './handler.ts';
import { World } from './world.ts';

const roles = ['guest', 'worker', 'viewer', 'operator', 'developer'];

/**
 * Serves a data plane from memory with the console, for work on its looks: `npm run mock:cluster`. It begins anew with
 * each start. `PODIUM_MOCK=empty` has nothing in it, `keys` asks for an access key (secret `mock-secret`), `failing`
 * answers nothing but errors, `fenced` is a restored copy, and the name of a role, such as `viewer`, asks for a key like `keys` and lets in somebody who has
 * that role.
 */
export function mockDataPlane(variant: string): Plugin {
  const serve = (middlewares: Connect.Server) => {
    const role = roles.find((each) => each === variant);
    const world = new World({
      empty: variant === 'empty',
      auth: role || variant === 'keys' ? 'keys' : 'none',
      ...(role && { me: me(role) }),
      ...(variant === 'fenced' && {
        fence: { id: 'f1', takenAt: Date.now() - 7_200_000, since: Date.now() - 600_000 },
      }),
    });
    if (variant !== 'still') setInterval(() => world.advance(), 2000).unref();
    middlewares.use((request, response, next) => {
      const { url = '' } = request;
      if (!url.startsWith('/api/') && !url.startsWith('/podium/')) next();
      else if (variant === 'failing' && !url.endsWith('/info')) response.writeHead(503).end();
      else handle(world, request, response).catch(next);
    });
  };
  return {
    name: 'mock-data-plane',
    configureServer: (server) => serve(server.middlewares),
    configurePreviewServer: (server) => serve(server.middlewares),
  };
}
