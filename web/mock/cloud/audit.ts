import type { components } from '../../src/cloud/api/schema.d.ts';
import { ago } from './world.ts';

type Entry = components['schemas']['AuditEntry'];

const entries: Entry[] = [
  {
    id: 'aud_3',
    sequence: 3,
    at: ago(60_000),
    actor: 'grace@example.com',
    address: '192.0.2.7',
    credential: 'session/9f86d081884c',
    requestId: 'R3',
    action: 'cluster.delete',
    outcome: 'refused',
    target: 'DELETE /clusters/encoding',
    reason: 'Your role in the organization, member, does not allow cluster.delete.',
    hash: 'c3',
  },
  {
    id: 'aud_2',
    sequence: 2,
    at: ago(3_600_000),
    actor: 'ada@example.com',
    address: '192.0.2.1',
    action: 'member.update',
    outcome: 'done',
    target: 'member/grace@example.com',
    before: { role: 'owner' },
    after: { role: 'member' },
    hash: 'c2',
  },
  {
    id: 'aud_1',
    sequence: 1,
    at: ago(7_200_000),
    action: 'cluster.ready',
    outcome: 'done',
    target: 'cluster/encoding',
    hash: 'c1',
  },
];

/** Entries of the audit log that a call asks for, two on a page. */
export function auditOf({ request }: { request: { url?: string } }): components['schemas']['AuditPage'] {
  const query = new URL(request.url ?? '', 'http://mock').searchParams;
  const before = Number(query.get('before') ?? Number.POSITIVE_INFINITY);
  const found = entries.filter(
    (entry) =>
      entry.sequence < before &&
      JSON.stringify(entry)
        .toLowerCase()
        .includes((query.get('text') ?? '').toLowerCase()) &&
      (query.get('outcome') ?? entry.outcome) === entry.outcome,
  );
  const page = found.slice(0, 2);
  return { entries: page, next: found.length > page.length ? page.at(-1)?.sequence : undefined };
}
