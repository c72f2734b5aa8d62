import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EventHandler, Schedule, TaskDef } from '../../src/cluster/client/types.ts';
import type { Execution, WorkflowDef } from '../../src/conductor/types.ts';
import { accessRoutes } from './access-routes.ts';
import { Refusal } from './refusal.ts';
import type { World } from './world.ts';

/** The only token that the mock takes, and the only key secret that it gives it for. */
const token = 'mock-token';
const secret = 'mock-secret';

export interface Exchange {
  params: URLSearchParams;
  /** Groups of the route's pattern, decoded. */
  parts: string[];
  body: unknown;
}

export type Route = [method: string, pattern: RegExp, answer: (world: World, exchange: Exchange) => unknown];

const routes: Route[] = [
  ['GET', /^\/podium\/v1\/info$/, (world) => world.info],
  [
    'DELETE',
    /^\/podium\/v1\/fence$/,
    (world) => {
      delete world.info.fence;
    },
  ],
  ...accessRoutes,
  ['GET', /^\/podium\/v1\/overview$/, (world) => world.overview()],
  ['GET', /^\/api\/workflow\/search$/, (world, { params }) => world.search(params)],
  // Before the executions: "bulk" is not the id of one.
  ['PUT', bulk('pause'), (world, { body }) => world.bulk(body as string[], (id) => world.pause(id))],
  ['PUT', bulk('resume'), (world, { body }) => world.bulk(body as string[], (id) => world.resume(id))],
  ['POST', bulk('retry'), (world, { body }) => world.bulk(body as string[], (id) => world.revive(id, false))],
  [
    'POST',
    bulk('restart'),
    (world, { body }) => world.bulk(body as string[], (id) => world.revive(id, true)),
  ],
  [
    'POST',
    bulk('terminate'),
    (world, { body, params }) =>
      world.bulk(body as string[], (id) => world.terminate(id, params.get('reason') ?? '')),
  ],
  ['POST', bulk('delete'), (world, { body }) => world.bulk(body as string[], (id) => world.remove(id))],
  ['GET', /^\/api\/workflow\/([^/]+)$/, (world, { parts: [id = ''] }) => world.execution(id)],
  ['POST', /^\/api\/workflow$/, (world, { body }) => world.start(body as Parameters<World['start']>[0])],
  [
    'DELETE',
    /^\/api\/workflow\/([^/]+)$/,
    (world, { parts: [id = ''], params }) => world.terminate(id, params.get('reason') ?? ''),
  ],
  ['PUT', /^\/api\/workflow\/([^/]+)\/pause$/, (world, { parts: [id = ''] }) => world.pause(id)],
  ['PUT', /^\/api\/workflow\/([^/]+)\/resume$/, (world, { parts: [id = ''] }) => world.resume(id)],
  ['POST', /^\/api\/workflow\/([^/]+)\/retry$/, (world, { parts: [id = ''] }) => world.revive(id, false)],
  ['POST', /^\/api\/workflow\/([^/]+)\/restart$/, (world, { parts: [id = ''] }) => world.revive(id, true)],
  ['POST', /^\/api\/workflow\/([^/]+)\/rerun$/, (world, { parts: [id = ''] }) => world.revive(id, false)],
  [
    'PUT',
    /^\/api\/workflow\/([^/]+)\/skiptask\/([^/]+)$/,
    (world, { parts: [id = '', ref = ''] }) => world.skip(id, ref),
  ],
  ['POST', /^\/api\/tasks$/, (world, { body }) => world.update(body as Parameters<World['update']>[0])],
  ['GET', /^\/api\/tasks\/([^/]+)\/log$/, (world, { parts: [id = ''] }) => world.logs(id)],
  ['GET', /^\/api\/metadata\/workflow\/latest-versions$/, (world) => world.latest()],
  ['GET', /^\/api\/metadata\/workflow\/names-and-versions$/, (world) => world.versions()],
  [
    'GET',
    /^\/api\/metadata\/workflow\/([^/]+)\/versions$/,
    (world, { parts: [name = ''] }) => world.definitions.filter((def) => def.name === name),
  ],
  [
    'GET',
    /^\/api\/metadata\/workflow\/([^/]+)$/,
    (world, { parts: [name = ''], params }) =>
      world.definition(name, Number(params.get('version')) || undefined),
  ],
  ['GET', /^\/api\/metadata\/taskdefs$/, (world) => world.taskDefs],
  ['GET', /^\/api\/metadata\/taskdefs\/([^/]+)$/, (world, { parts: [name = ''] }) => taskDef(world, name)],
  ['POST', /^\/api\/metadata\/taskdefs$/, (world, { body }) => world.saveTaskDefs(body as TaskDef[])],
  ['PUT', /^\/api\/metadata\/taskdefs$/, (world, { body }) => world.saveTaskDefs([body as TaskDef])],
  [
    'DELETE',
    /^\/api\/metadata\/taskdefs\/([^/]+)$/,
    (world, { parts: [name = ''] }) => {
      world.taskDefs = world.taskDefs.filter((def) => def.name !== name);
    },
  ],
  ['POST', /^\/api\/metadata\/workflow\/validate$/, (world, { body }) => world.validate(body as WorkflowDef)],
  [
    'POST',
    /^\/api\/metadata\/workflow$/,
    (world, { body, params }) =>
      world.saveDefinition(body as WorkflowDef, params.get('overwrite') === 'true'),
  ],
  [
    'DELETE',
    /^\/api\/metadata\/workflow\/([^/]+)\/(\d+)$/,
    (world, { parts: [name = '', version] }) => world.deleteDefinition(name, Number(version)),
  ],
  ['GET', /^\/api\/tasks\/search$/, (world, { params }) => world.waiting(params)],
  ['POST', /^\/api\/tasks\/queue\/requeue\/([^/]+)$/, () => 0],
  ['GET', /^\/api\/scheduler\/schedules$/, ({ registry }) => [...registry.schedules.values()]],
  [
    'POST',
    /^\/api\/scheduler\/schedules$/,
    ({ registry }, { body }) => registry.saveSchedule(body as Schedule),
  ],
  [
    'GET',
    /^\/api\/scheduler\/schedules\/([^/]+)$/,
    ({ registry }, { parts: [name = ''] }) => registry.schedule(name),
  ],
  [
    'DELETE',
    /^\/api\/scheduler\/schedules\/([^/]+)$/,
    ({ registry }, { parts: [name = ''] }) => void registry.schedules.delete(name),
  ],
  [
    'PUT',
    /^\/api\/scheduler\/schedules\/([^/]+)\/pause$/,
    ({ registry }, { parts: [name = ''], params }) =>
      void Object.assign(registry.schedule(name), { paused: true, pausedReason: params.get('reason') ?? '' }),
  ],
  [
    'PUT',
    /^\/api\/scheduler\/schedules\/([^/]+)\/resume$/,
    ({ registry }, { parts: [name = ''] }) =>
      void Object.assign(registry.schedule(name), { paused: false, pausedReason: '' }),
  ],
  [
    'GET',
    /^\/api\/scheduler\/nextFewSchedules$/,
    ({ registry }, { params }) => registry.nextTimes(params.get('cronExpression') ?? ''),
  ],
  [
    'GET',
    /^\/api\/scheduler\/search\/executions$/,
    ({ registry }, { params }) => registry.runs(params.get('query') ?? ''),
  ],
  ['GET', /^\/api\/event$/, ({ registry }) => [...registry.handlers.values()]],
  ['POST', /^\/api\/event$/, ({ registry }, { body }) => registry.saveHandler(body as EventHandler, true)],
  ['PUT', /^\/api\/event$/, ({ registry }, { body }) => registry.saveHandler(body as EventHandler, false)],
  [
    'DELETE',
    /^\/api\/event\/([^/]+)$/,
    ({ registry }, { parts: [name = ''] }) => void registry.handlers.delete(name),
  ],
  ['GET', /^\/api\/secrets$/, ({ registry }) => [...registry.secrets.keys()]],
  [
    'PUT',
    /^\/api\/secrets\/([^/]+)$/,
    ({ registry }, { parts: [name = ''], body }) => void registry.secrets.set(name, body as string),
  ],
  [
    'DELETE',
    /^\/api\/secrets\/([^/]+)$/,
    ({ registry }, { parts: [name = ''] }) => void registry.secrets.delete(name),
  ],
  [
    'GET',
    /^\/api\/environment$/,
    ({ registry }) => [...registry.variables].map(([name, value]) => ({ name, value })),
  ],
  [
    'PUT',
    /^\/api\/environment\/([^/]+)$/,
    ({ registry }, { parts: [name = ''], body }) => void registry.variables.set(name, body as string),
  ],
  [
    'DELETE',
    /^\/api\/environment\/([^/]+)$/,
    ({ registry }, { parts: [name = ''] }) => void registry.variables.delete(name),
  ],
];

function bulk(action: string): RegExp {
  return new RegExp(`^/api/workflow/bulk/${action}$`);
}

function taskDef(world: World, name: string) {
  const found = world.taskDefs.find((def) => def.name === name);
  if (!found) throw new Refusal(404, `No such taskType found by name: ${name}`);
  return found;
}

/** Answers one request of the console. */
export async function handle(world: World, request: IncomingMessage, response: ServerResponse) {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://mock');
  const body = await readJson(request);
  try {
    if (pathname === '/api/token') {
      if ((body as { keySecret?: string })?.keySecret !== secret)
        throw new Refusal(401, 'The key id or the secret is wrong.');
      return send(response, 200, { token });
    }
    if (
      world.info.auth === 'keys' &&
      pathname !== '/podium/v1/info' &&
      request.headers['x-authorization'] !== token
    ) {
      throw new Refusal(401, 'The token is missing or has expired.');
    }
    if (world.forbidden?.test(`${request.method} ${pathname}`)) {
      throw new Refusal(403, 'This needs a right that was not granted.');
    }
    if (pathname === '/podium/v1/events') return stream(world, searchParams.get('workflowId'), response);
    for (const [method, pattern, answer] of routes) {
      const match = pattern.exec(pathname);
      if (!match || method !== request.method) continue;
      return send(
        response,
        200,
        answer(world, { params: searchParams, parts: match.slice(1).map(decodeURIComponent), body }),
      );
    }
    throw new Refusal(404, `No such path: ${pathname}`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { status, message, violations } = error;
    send(response, status, {
      status,
      message,
      retryable: false,
      ...(violations.length > 0 && { validationErrors: violations }),
    });
  }
}

function send(response: ServerResponse, status: number, value: unknown) {
  if (typeof value === 'string') {
    response.writeHead(status, { 'Content-Type': 'text/plain' }).end(value);
    return;
  }
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(value === undefined ? '' : JSON.stringify(value));
}

function stream(world: World, workflowId: string | null, response: ServerResponse) {
  if (!world.streams) return send(response, 503, { message: 'not now' });
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  response.write(': alive\n\n');
  const watcher = (execution: Execution) => {
    const { workflowId: id, workflowName, status, updateTime } = execution;
    if (workflowId !== null && workflowId !== id) return;
    response.write(
      `event: change\ndata: ${JSON.stringify({ workflowId: id, workflowName, status, updateTime })}\n\n`,
    );
  };
  world.watchers.add(watcher);
  response.on('close', () => world.watchers.delete(watcher));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const piece of request) text += piece;
  return text === '' ? undefined : JSON.parse(text);
}
