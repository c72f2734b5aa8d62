import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Execution } from '../../src/conductor/types.ts';
import { Refusal, type World } from './world.ts';

/** The only token that the mock takes, and the only key secret that it gives it for. */
const token = 'mock-token';
const secret = 'mock-secret';

interface Exchange {
  params: URLSearchParams;
  /** Groups of the route's pattern, decoded. */
  parts: string[];
  body: unknown;
}

type Route = [method: string, pattern: RegExp, answer: (world: World, exchange: Exchange) => unknown];

const routes: Route[] = [
  ['GET', /^\/podium\/v1\/info$/, (world) => world.info],
  ['GET', /^\/podium\/v1\/overview$/, (world) => world.overview()],
  ['GET', /^\/api\/workflow\/search$/, (world, { params }) => world.search(params)],
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
  ['GET', /^\/api\/metadata\/taskdefs$/, (world) => world.taskDefs()],
  ['GET', /^\/api\/metadata\/taskdefs\/([^/]+)$/, (world, { parts: [name = ''] }) => taskDef(world, name)],
];

function taskDef(world: World, name: string) {
  const found = world.taskDefs().find((def) => def.name === name);
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
    send(response, error.status, { status: error.status, message: error.message, retryable: false });
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
