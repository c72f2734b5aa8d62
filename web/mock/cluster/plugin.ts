import type { Connect, Plugin } from 'vite';
import { handle } from './handler.ts';
import { World } from './world.ts';

/**
 * Serves a data plane from memory with the console, for work on its looks: `npm run mock:cluster`. It begins anew with
 * each start. `PODIUM_MOCK=empty` has nothing in it, `keys` asks for an access key (secret `mock-secret`), `failing`
 * answers nothing but errors.
 */
export function mockDataPlane(variant: string): Plugin {
  const serve = (middlewares: Connect.Server) => {
    const world = new World({ empty: variant === 'empty', auth: variant === 'keys' ? 'keys' : 'none' });
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
