// @vitest-environment node
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type LiveState, subscribe } from './subscribe';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A real server on a free port; the listener gets the number of the connection, from 1. */
async function serve(
  listener: (count: number, ...args: Parameters<RequestListener>) => void,
): Promise<string> {
  let count = 0;
  const server = createServer((request, response) => {
    count += 1;
    listener(count, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test('a lost connection is opened again, telling the last event seen', async () => {
  const seenIds: (string | string[] | undefined)[] = [];
  let broken: ServerResponse | undefined;
  const url = await serve((count, request, response) => {
    seenIds.push(request.headers['last-event-id']);
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(`retry: 1\nid: ${count}\ndata: ${count}\n\n`);
    if (count === 2) broken = response;
    else response.end();
  });
  const data: string[] = [];
  const states: LiveState[] = [];
  await subscribe({
    url,
    onEvent: (event) => {
      data.push(event.data);
      broken?.destroy(); // The second time the connection breaks, the first time the server closes it.
    },
    onState: (state) => states.push(state),
    isComplete: () => data.length === 3,
    signal: new AbortController().signal,
  });
  expect(data).toEqual(['1', '2', '3']);
  expect(seenIds).toEqual([undefined, '1', '2']);
  expect(states).toEqual(['connecting', 'live', 'lost', 'live', 'lost', 'live', 'ended']);
});

test('a refusal ends it and tells the status', async () => {
  let requests = 0;
  const url = await serve((count, _, response) => {
    requests = count;
    response.writeHead(401).end();
  });
  const refused: number[] = [];
  await subscribe({
    url,
    onEvent: () => {},
    onRefused: (status) => refused.push(status),
    signal: new AbortController().signal,
  });
  expect(refused).toEqual([401]);
  expect(requests).toBe(1);
});

test('a server that stumbles is asked again', async () => {
  const url = await serve((count, _, response) => {
    if (count === 1) response.writeHead(503).end();
    else response.writeHead(200).end('data: here\n\n');
  });
  const data: string[] = [];
  await subscribe({
    url,
    onEvent: (event) => data.push(event.data),
    isComplete: () => data.length > 0,
    signal: new AbortController().signal,
  });
  expect(data).toEqual(['here']);
});

test('an abort closes the connection', async () => {
  const abort = new AbortController();
  const closed = new Promise<void>((resolve) => {
    void serve((_, request, response) => {
      request.on('close', resolve);
      response.writeHead(200).write('data: x\n\n');
    }).then((url) => subscribe({ url, onEvent: () => abort.abort(), signal: abort.signal }));
  });
  await closed;
  expect(abort.signal.aborted).toBe(true);
});
