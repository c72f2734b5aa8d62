import type { Connect, Plugin } from 'vite';
import { handle } from './handler.ts';
import { seed } from './seed.ts';

/**
 * Serves a control plane from memory with the console, for work on its looks: `npm run mock`. Sign in as ada@example.com
 * with any password but "wrong". It begins anew with each start. `stepMs` is how long a step of an operation takes.
 */
export function mockControlPlane(stepMs = 700): Plugin {
  const serve = (middlewares: Connect.Server) => {
    const world = seed();
    middlewares.use((request, response, next) => {
      if (request.url?.startsWith('/api/v1/')) handle(world, stepMs, request, response).catch(next);
      else next();
    });
  };
  return {
    name: 'mock-control-plane',
    configureServer: (server) => serve(server.middlewares),
    configurePreviewServer: (server) => serve(server.middlewares),
  };
}
