import { type Answer, type Call, ok, Refusal, type Route } from './call.ts';
import { ago, type World } from './world.ts';

/** The code that apps show here, always. */
const rightCode = '123456';

/** Second factors, and organizations that ask for them. */
export const factorRoutes: Route[] = [
  ['GET /me/second-factor', ({ world, email }) => ok(factorOf(world, email))],
  ['POST /me/second-factor', begin],
  ['POST /me/second-factor/confirmation', confirm],
  ['POST /me/second-factor/recovery-codes', () => ok({ codes })],
  ['DELETE /me/second-factor', switchOff],
  ['GET /organizations/*/rules', ({ world, parts: [org = ''] }) => ok(rulesOf(world, org))],
  ['PUT /organizations/*/rules', changeRules],
];

const codes = Array.from({ length: 10 }, (_, at) => `k3q${at}-2mzt-x5ab-9dfe`);

function factorOf(world: World, email: string) {
  const since = world.factors.get(email);
  return {
    enabled: since !== undefined,
    possible: true,
    since,
    recoveryCodesLeft: since === undefined ? 0 : 10,
  };
}

function begin(): Answer {
  const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
  return {
    status: 201,
    body: {
      secret,
      uri: `otpauth://totp/Podium:ada@example.com?secret=${secret}`,
      qr: { size: 21, path: 'M0 0h7v1h-7zM0 1h1v5h-1zM6 1h1v5h-1zM0 6h7v1h-7zM2 2h3v3h-3z' },
    },
  };
}

function confirm({ world, email, body }: Call): Answer {
  if (body.code !== rightCode)
    throw new Refusal(422, 'Wrong.', { code: 'is not what the app should show now' });
  world.factors.set(email, ago(0));
  return ok({ codes });
}

function switchOff({ world, email }: Call): Answer {
  world.factors.delete(email);
  return { status: 204 };
}

const rulesOf = (world: World, org: string) => ({
  secondFactorRequired: world.factorRequired.has(org),
  maxKeyDays: world.organizations.get(org)?.maxKeyDays,
});

function changeRules({ world, parts: [org = ''], body }: Call): Answer {
  if (body.secondFactorRequired) world.factorRequired.add(org);
  else world.factorRequired.delete(org);
  const organization = world.organizations.get(org);
  if (organization !== undefined) organization.maxKeyDays = Number(body.maxKeyDays ?? 0) || undefined;
  return ok(rulesOf(world, org));
}

/** Asks for a code where there is a second factor. */
export function checkCode(world: World, email: string, code: string | undefined) {
  if (!world.factors.has(email) || code === rightCode) return;
  if (code === undefined) throw new Refusal(401, 'Enter the code.', {}, 'urn:podium:code-wanted');
  throw new Refusal(401, 'The request is not valid.', { code: 'is wrong, or was used already' });
}
