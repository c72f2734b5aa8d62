import type { components } from '../../src/cloud/api/schema.d.ts';
import { type Answer, type Call, ok, Refusal } from './call.ts';

type Cloud = components['schemas']['Cloud'];

/** Where clusters can be. */
const clouds: Cloud[] = [
  {
    name: 'aws',
    title: 'Amazon Web Services',
    regions: ['eu-central-1', 'us-east-1'].map((id) => ({ id, name: id, zones: ['a', 'b', 'c'] })),
    sizes: [
      {
        id: 'dev',
        name: 'Development',
        cpus: 0.5,
        memoryMb: 1024,
        storageGb: 20,
        nodeCents: 0,
        baseCents: 0,
      },
      {
        id: 'standard',
        name: 'Standard',
        cpus: 2,
        memoryMb: 4096,
        storageGb: 100,
        nodeCents: 0,
        baseCents: 0,
      },
    ],
    models: ['managed', 'customer'],
    versions: ['1.5.0', '1.4.0'],
    maxNodes: 10,
    ranges: true,
    accounts: true,
    notes: [
      'Each cluster has a network of its own, its own database and its own key, over two or three zones.',
    ],
  },
  {
    name: 'local',
    title: 'This machine',
    regions: [{ id: 'local', name: 'This machine', zones: ['local'] }],
    sizes: [
      { id: 'small', name: 'Small', cpus: 1, memoryMb: 1024, storageGb: 0, nodeCents: 0, baseCents: 0 },
      { id: 'medium', name: 'Medium', cpus: 2, memoryMb: 2048, storageGb: 0, nodeCents: 0, baseCents: 0 },
    ],
    models: ['managed'],
    versions: ['1.5.0', '1.4.0'],
    maxNodes: 5,
    ranges: false,
    accounts: false,
    notes: [],
  },
  {
    name: 'remote',
    title: 'Your own network',
    regions: [{ id: 'own', name: 'Your own network', zones: ['own'] }],
    sizes: [
      { id: 'own', name: 'Your own machine', cpus: 0, memoryMb: 0, storageGb: 0, nodeCents: 0, baseCents: 0 },
    ],
    models: ['customer'],
    versions: ['dev-4f1c', '1.5.0', '1.4.0'],
    maxNodes: 1,
    ranges: false,
    accounts: false,
    notes: [],
  },
];

export const catalog = ({ world }: Call): Answer =>
  ok(clouds.filter(({ accounts }) => !accounts || world.customerAccounts));

/** What a new cluster would do, and cost where prices are set: 5 for it and 10 for each node. */
export function previewCluster({ world, body }: Call): Answer {
  if (body.backup !== undefined)
    return ok({
      effects: ['It is fenced.'],
      priceBefore: 0,
      priceAfter: 0,
      interrupts: false,
      losesData: false,
    });
  if (body.cidr === 'wrong') throw new Refusal(400, 'The cluster is not valid.', { cidr: 'must be a range' });
  const { nodes = 1, size = 'small' } = body as { nodes?: number; size?: string };
  return ok({
    effects: [`${nodes === 1 ? '1 node' : `${nodes} nodes`} of size ${size} start.`],
    ...(world.currency !== undefined && { currency: world.currency }),
    priceBefore: 0,
    priceAfter: world.currency === undefined ? 0 : 500 + nodes * 1000,
    interrupts: false,
    losesData: false,
  });
}
