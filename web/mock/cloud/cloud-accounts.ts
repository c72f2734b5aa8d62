import type { components } from '../../src/cloud/api/schema.d.ts';
import { type Answer, type Call, ok, Refusal, type Route } from './call.ts';
import { ago, newId, type World } from './world.ts';

type Account = components['schemas']['CloudAccount'];

const accounts = new WeakMap<World, Map<string, Account[]>>();

/** The AWS accounts of an organization. */
export function cloudAccountsOf(world: World, org: string): Account[] {
  const all = accounts.get(world) ?? new Map<string, Account[]>();
  accounts.set(world, all);
  const list = all.get(org) ?? [];
  all.set(org, list);
  return list;
}

export const cloudAccountRoutes: Route[] = [
  ['GET /organizations/*/cloud-accounts', ({ world, parts: [org = ''] }) => ok(cloudAccountsOf(world, org))],
  ['POST /organizations/*/cloud-accounts', add],
  ['GET /organizations/*/cloud-accounts/*/setup', setup],
  ['POST /organizations/*/cloud-accounts/*/check', check],
  ['DELETE /organizations/*/cloud-accounts/*', remove],
];

function find({ world, parts: [org = '', id] }: Call): Account {
  const account = cloudAccountsOf(world, org).find((one) => one.id === id);
  if (account === undefined) throw new Refusal(404, 'There is no such cloud account.');
  return account;
}

function add({ world, parts: [org = ''], body }: Call): Answer {
  const list = cloudAccountsOf(world, org);
  if (list.some(({ name }) => name === body.name))
    throw new Refusal(409, 'Taken.', { name: 'is the name of another cloud account of the organization' });
  const id = `acct_${newId()}`;
  const account: Account = {
    id,
    name: String(body.name),
    number: String(body.number),
    region: String(body.region),
    role: `arn:aws:iam::${body.number}:role/podium-access/${id}`,
    state: 'DECLARED',
    findings: [],
    clusters: [],
    createdAt: ago(0),
  };
  list.push(account);
  return { status: 201, body: account };
}

function setup(call: Call): Answer {
  const { role, number } = find(call);
  return ok({
    externalId: '5ec2e7'.repeat(10),
    instruction: {
      title: `Make the role in account ${number}`,
      text: 'It lets account 999900001111, where Podium runs, make and remove clusters, and nothing else.',
      ways: ['CloudFormation', 'Terraform', 'AWS CLI'].map((name) => ({
        name,
        code: `${name} makes ${role}`,
      })),
    },
  });
}

/** The first check finds a role that is open, the second one that all is well. */
function check(call: Call): Answer {
  const account = find(call);
  const again = account.checkedAt !== undefined;
  account.checkedAt = ago(0);
  account.state = again ? 'ACTIVE' : 'DECLARED';
  account.findings = again
    ? [
        {
          check: 'door',
          level: 'ok',
          text: 'The role lets Podium in with your ExternalId, and nobody without it.',
        },
        { check: 'permissions', level: 'ok', text: 'The role may look at everything.' },
      ]
    : [
        {
          check: 'door',
          level: 'problem',
          text: 'The role can be taken without your ExternalId.',
          fix: 'Give its trust policy the condition on sts:ExternalId that is shown.',
        },
      ];
  return ok(account);
}

function remove(call: Call): Answer {
  const list = cloudAccountsOf(call.world, call.parts[0] ?? '');
  list.splice(list.indexOf(find(call)), 1);
  return { status: 204 };
}
