import type { components } from '../../src/cloud/api/schema.d.ts';
import { ago, newId, type Operation, type World } from './world.ts';

type Schemas = components['schemas'];
type Peering = Schemas['Peering'];
export type PeeringRequest = Schemas['PeeringRequest'];

/** Networks of clusters with peerings, by organization and cluster; those of other clusters are not available. */
export const network: Schemas['Network'] = {
  available: true,
  account: '999900001111',
  id: 'vpc-cluster',
  region: 'eu-central-1',
  range: '10.64.0.0/20',
  endpoint: 'http://encoding.acme.podium.internal:7200/api',
  zones: [
    {
      id: 'euc1-az1',
      range: '10.64.0.0/21',
      endpoint: 'http://euc1-az1.encoding.acme.podium.internal:7200/api',
    },
    { id: 'euc1-az2', range: '10.64.8.0/21' },
  ],
};

const peerings = new WeakMap<World, Map<string, Peering[]>>();

export function peeringsOf(world: World, org: string, cluster: string): Peering[] {
  const all = peerings.get(world) ?? new Map<string, Peering[]>();
  peerings.set(world, all);
  const list = all.get(`${org}/${cluster}`) ?? [];
  all.set(`${org}/${cluster}`, list);
  return list;
}

/** What the checks find: a range that overlaps the cluster's is a problem. */
export function findings({ ranges }: Schemas['PeeringRequest']): Schemas['Finding'][] {
  const overlap = ranges.some((range) => range.startsWith('10.64.'));
  return [
    overlap
      ? {
          check: 'ranges',
          level: 'problem',
          text: `Your range ${ranges[0]} and the cluster's range 10.64.0.0/20 share addresses.`,
          fix: 'Create the cluster with another range, for example 10.65.0.0/20.',
        }
      : {
          check: 'ranges',
          level: 'ok',
          text: "The cluster's range 10.64.0.0/20 and yours share no address.",
        },
    {
      check: 'zones',
      level: 'warning',
      text: 'It is not known in which zones your workers run.',
      fix: 'Enter the ids of their zones.',
    },
  ];
}

/** A peering that waits for its owner. */
export function ask(world: World, org: string, cluster: string, request: Schemas['PeeringRequest']): Peering {
  const operation: Operation = {
    id: newId(),
    kind: 'create-peering',
    state: 'RUNNING',
    cluster,
    organization: org,
    createdAt: ago(0),
    steps: [
      { name: 'check', title: 'Check both networks', state: 'SUCCEEDED', startedAt: ago(5), endedAt: ago(4) },
      {
        name: 'request',
        title: 'Ask for the connection',
        state: 'SUCCEEDED',
        startedAt: ago(4),
        endedAt: ago(3),
      },
      { name: 'accept', title: 'Wait until you have accepted it', state: 'RUNNING', startedAt: ago(3) },
      { name: 'routes', title: 'Set the routes', state: 'PENDING' },
    ],
    waiting: {
      step: 'accept',
      reason: 'the connection waits to be accepted',
      customer: {
        title: 'Accept the connection pcx-0123 in your account',
        text: 'Open VPC → Peering connections in the AWS console, choose pcx-0123, and accept the request.',
        ways: [
          {
            name: 'AWS CLI',
            code: 'aws ec2 accept-vpc-peering-connection --vpc-peering-connection-id pcx-0123 --region eu-central-1',
          },
          {
            name: 'Terraform',
            code: 'resource "aws_vpc_peering_connection_accepter" "podium" {\n  vpc_peering_connection_id = "pcx-0123"\n  auto_accept               = true\n}',
          },
        ],
      },
    },
  };
  world.operations.unshift(operation);
  const peering: Peering = {
    ...request,
    zones: request.zones ?? [],
    id: newId(),
    state: 'CONNECTING',
    connection: 'pcx-0123',
    createdAt: ago(0),
    operation,
  };
  peeringsOf(world, org, cluster).push(peering);
  return peering;
}

/** The customer has accepted, and both sides reach each other. */
export function connect(peering: Peering) {
  const { operation } = peering;
  operation.state = 'SUCCEEDED';
  operation.waiting = undefined;
  operation.steps = operation.steps.map((step) => ({ ...step, state: 'SUCCEEDED' }));
  peering.state = 'CONNECTED';
  peering.connectedAt = ago(0);
  peering.probes = [
    { from: 'customer', zone: 'euc1-az1', to: '10.64.0.10:7200', milliseconds: 0.4 },
    { from: 'cluster', zone: 'euc1-az1', to: '10.20.0.2:9', milliseconds: 0.3 },
  ];
}
