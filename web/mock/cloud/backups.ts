import type { components } from '../../src/cloud/api/schema.d.ts';
import { type Answer, type Call, ok, Refusal } from './call.ts';
import { ago, newId, type Operation, type World } from './world.ts';

type Backup = components['schemas']['Backup'];

const all = new WeakMap<World, Map<string, Backup[]>>();

/** The backups of a cluster, newest first. The cluster encoding has two to begin with. */
export function backupsOf(world: World, org: string, cluster: string): Backup[] {
  const known = all.get(world) ?? new Map<string, Backup[]>();
  all.set(world, known);
  const list = known.get(`${org}/${cluster}`) ?? (cluster === 'encoding' ? seeded() : []);
  known.set(`${org}/${cluster}`, list);
  return list;
}

const seeded = (): Backup[] => [
  { name: 'before-upgrade', cluster: 'encoding', madeAt: ago(3_600), bytes: 1_480_000, scheduled: false },
  { name: 'scheduled-1', cluster: 'encoding', madeAt: ago(90_000), bytes: 940, scheduled: true },
];

const effects: Record<string, string[]> = {
  'back-up-cluster': ['A copy of everything that the cluster keeps is made, while it serves.'],
  'restore-cluster': ['What happened after that is lost.'],
  'remove-backup': ['The backup is deleted and cannot be brought back.'],
};

export const previewOperation = ({ body }: Call): Answer =>
  ok({
    effects: effects[String(body.kind)] ?? [],
    priceBefore: 0,
    priceAfter: 0,
    interrupts: false,
    losesData: false,
  });

/** Carries an operation on backups out at once. */
export function beginOperation({ world, parts: [org = '', cluster = ''], body }: Call): Answer {
  const list = backupsOf(world, org, cluster);
  if (body.kind === 'back-up-cluster')
    list.unshift({ name: 'manual-1', cluster, madeAt: ago(0), bytes: 2_000, scheduled: false });
  const at = list.findIndex(({ name }) => name === body.backup);
  if (body.kind === 'remove-backup' && at >= 0) list.splice(at, 1);
  const operation: Operation = {
    id: newId(),
    kind: body.kind as Operation['kind'],
    state: 'SUCCEEDED',
    cluster,
    organization: org,
    createdAt: ago(1),
    endedAt: ago(0),
    steps: [{ name: 'copy', title: 'Copy what the cluster keeps', state: 'SUCCEEDED' }],
  };
  world.operations.unshift(operation);
  return { status: 202, body: operation };
}

export function backupKey({ world, parts: [org = '', cluster = '', name] }: Call): Answer {
  if (!backupsOf(world, org, cluster).some((backup) => backup.name === name))
    throw new Refusal(404, 'There is no such backup.');
  return ok({ key: 'AGE-SECRET-KEY-1MOCK' });
}

export function linkBackup({ world, parts: [org = '', cluster = '', name] }: Call): Answer {
  if (!backupsOf(world, org, cluster).some((backup) => backup.name === name))
    throw new Refusal(404, 'There is no such backup.');
  return {
    status: 201,
    body: { url: `https://podium.test/api/v1/backup-links/${name}`, expiresAt: ago(-3_600) },
  };
}
