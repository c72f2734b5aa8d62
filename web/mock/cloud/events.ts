import type { components } from '../../src/cloud/api/schema.d.ts';
import { type Answer, type Call, ok } from './call.ts';
import { ago } from './world.ts';

type Event = components['schemas']['ClusterEvent'];

const operation = (id: string, kind: string, age: number, more: Partial<Event>): Event => ({
  id: `${id}/${more.kind}`,
  at: ago(age),
  kind: 'OPERATION_BEGUN',
  operation: id,
  operationKind: kind,
  actor: 'ada@example.com',
  ...more,
});

const first: Event[] = [
  operation('op_5', 'upgrade-cluster', 300, { kind: 'OPERATION_BEGUN', detail: '1.4.0 → 1.5.0' }),
  { id: 'node/n1/back/1', at: ago(1_200), kind: 'NODE_BACK', node: '1' },
  { id: 'node/n1/lost/1', at: ago(1_500), kind: 'NODE_LOST', node: '1' },
  operation('op_4', 'resize-cluster', 7_000, { kind: 'OPERATION_SUCCEEDED', detail: 'small → medium' }),
  operation('op_4', 'resize-cluster', 7_100, { kind: 'OPERATION_BEGUN', detail: 'small → medium' }),
];

const second: Event[] = [
  operation('op_3', 'back-up-cluster', 90_000, {
    kind: 'OPERATION_FAILED',
    detail: 'copy the store: the bucket answered 503 Slow Down, 5 attempts',
  }),
  { id: 'fence/lifted/1', at: ago(100_000), kind: 'FENCE_LIFTED' },
  { id: 'node/n1/x', at: ago(200_000), kind: 'NODE_JOINED', node: '1', detail: '1.4.0' },
  operation('op_1', 'create-cluster', 200_100, { kind: 'OPERATION_SUCCEEDED' }),
];

/** Two pages for the cluster encoding; nothing for others. */
export function eventsOf({ parts: [, cluster], request }: Call): Answer {
  if (cluster !== 'encoding') return ok({ events: [] });
  const earlier = new URL(request.url ?? '', 'http://mock').searchParams.has('before');
  return ok(earlier ? { events: second } : { events: first, next: '1.op_4' });
}
