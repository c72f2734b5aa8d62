import { expect, test } from 'vitest';
import { EventParser } from './event-stream';

test('events arrive whole however the stream is cut', () => {
  const stream = ': heartbeat\n\nevent: cluster\nid: 7\ndata: {"a":1}\n\ndata: one\ndata: two\n\n';
  for (const size of [1, 2, 3, 7, stream.length]) {
    const parser = new EventParser();
    const events = [];
    for (let at = 0; at < stream.length; at += size) events.push(...parser.push(stream.slice(at, at + size)));
    expect(events).toEqual([
      { event: 'cluster', id: '7', data: '{"a":1}' },
      { event: 'message', data: 'one\ntwo' },
    ]);
  }
});

test('an event that is not finished waits', () => {
  const parser = new EventParser();
  expect(parser.push('event: cluster\ndata: {"a":1}\n')).toEqual([]);
  expect(parser.push('\n')).toEqual([{ event: 'cluster', data: '{"a":1}' }]);
});

test('windows line ends and a wish for the wait are understood', () => {
  expect(new EventParser().push('retry: 250\r\nevent:x\r\ndata:y\r\n\r\n')).toEqual([
    { event: 'x', data: 'y', retry: 250 },
  ]);
});
