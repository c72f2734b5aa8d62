import { randomBytes } from 'node:crypto';
import { type Answer, type Call, ok, Refusal, type Route } from './call.ts';
import { drop, found, freeName, listOf } from './people.ts';
import { type ApiKey, ago, newId, type ServiceAccount } from './world.ts';

/** API keys of people and service accounts. */
export const apiKeyRoutes: Route[] = [
  ['GET /me/api-keys', (call) => ok(call.world.apiKeys.filter(({ owner }) => owner === account(call).id))],
  [
    'POST /me/api-keys',
    (call) =>
      make(call, String(call.body.organization), {
        ownerKind: 'user',
        owner: account(call).id,
        ownerName: call.email,
      }),
  ],
  ['PATCH /me/api-keys/*', (call) => pause(call, call.parts[0])],
  ['POST /me/api-keys/*/rotate', (call) => renew(call, call.parts[0])],
  ['DELETE /me/api-keys/*', (call) => remove(call, call.parts[0])],
  [
    'GET /organizations/*/api-keys',
    ({ world, parts: [org] }) => ok(world.apiKeys.filter(({ organization }) => organization === org)),
  ],
  ['PATCH /organizations/*/api-keys/*', (call) => pause(call, call.parts[1])],
  ['POST /organizations/*/api-keys/*/rotate', (call) => renew(call, call.parts[1])],
  ['DELETE /organizations/*/api-keys/*', (call) => remove(call, call.parts[1])],
  ['GET /organizations/*/service-accounts', (call) => ok(accountsOf(call))],
  ['POST /organizations/*/service-accounts', createAccount],
  ['PUT /organizations/*/service-accounts/*', updateAccount],
  ['DELETE /organizations/*/service-accounts/*', (call) => drop(call.world.serviceAccounts, call)],
  [
    'POST /organizations/*/service-accounts/*/api-keys',
    (call) => {
      const { id, name } = found(accountsOf(call), call, 'service account');
      return make(call, call.parts[0] ?? '', {
        ownerKind: 'service-account',
        owner: id,
        ownerName: name,
      });
    },
  ],
];

const account = ({ world, email }: Call) => world.account(email, email);
const accountsOf = (call: Call): ServiceAccount[] => listOf(call.world.serviceAccounts, call);

type Owner = Pick<ApiKey, 'ownerKind' | 'owner' | 'ownerName'>;

const withSecret = (key: ApiKey) => ({
  ...key,
  secret: `podium_${key.ownerKind === 'user' ? 'user' : 'service'}_${randomBytes(24).toString('hex')}`,
});

function make({ world, body, email }: Call, organization: string, owner: Owner): Answer {
  const key: ApiKey = {
    id: newId(),
    name: String(body.name),
    ...owner,
    organization,
    role: body.role as string | undefined,
    cluster: body.cluster as string | undefined,
    dangerous: body.dangerous === true,
    paused: false,
    createdAt: ago(0),
    createdBy: email,
    expiresAt: world.keyEnd(organization, body.expiresInDays),
  };
  world.apiKeys.unshift(key);
  return { status: 201, body: withSecret(key) };
}

function keyOf({ world }: Call, id: string | undefined): ApiKey {
  const key = world.apiKeys.find((one) => one.id === id);
  if (key === undefined) throw new Refusal(404, 'There is no such API key.');
  return key;
}

function pause(call: Call, id: string | undefined): Answer {
  const key = keyOf(call, id);
  key.paused = call.body.paused === true;
  return ok({ ...key });
}

function renew(call: Call, id: string | undefined): Answer {
  const key = keyOf(call, id);
  key.expiresAt = call.world.keyEnd(key.organization, call.body.expiresInDays);
  key.formerUntil = ago(-Number(call.body.graceHours ?? 24) * 3600);
  return ok(withSecret(key));
}

function remove(call: Call, id: string | undefined): Answer {
  call.world.apiKeys.splice(call.world.apiKeys.indexOf(keyOf(call, id)), 1);
  return { status: 204 };
}

function createAccount(call: Call): Answer {
  const made: ServiceAccount = {
    id: newId(),
    name: freeName(accountsOf(call), call),
    description: String(call.body.description ?? ''),
    role: call.body.role as string | undefined,
    createdAt: ago(0),
    createdBy: call.email,
  };
  accountsOf(call).push(made);
  return { status: 201, body: made };
}

function updateAccount(call: Call): Answer {
  const one = found(accountsOf(call), call, 'service account');
  one.name = freeName(accountsOf(call), call);
  one.description = String(call.body.description ?? '');
  one.role = call.body.role as string | undefined;
  return ok(one);
}
