/**
 * An OpenID Connect provider on a free port of loopback, for tests of single sign-on: oidc-provider with its own log-in and
 * consent pages, which take any password. It prints its issuer and lives until its standard input ends.
 *
 * Clients register themselves (POST /reg). What an account's claims are is told by PUT /test/accounts/<login>; an account
 * that nobody told of does not exist. By how many seconds its clock is ahead is told by PUT /test/clock.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import Provider from 'oidc-provider';

const accounts = new Map();

const server = createServer().listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const provider = new Provider(issuer, {
  scopes: ['openid', 'profile', 'email', 'groups'],
  claims: { profile: ['name'], email: ['email', 'email_verified'], groups: ['groups'] },
  findAccount: (_, id) =>
    accounts.has(id) ? { accountId: id, claims: () => ({ sub: id, ...accounts.get(id) }) } : undefined,
  cookies: { keys: [randomBytes(32).toString('hex')] },
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
  features: {
    registration: { enabled: true },
    registrationManagement: { enabled: true },
    backchannelLogout: { enabled: true },
  },
  pkce: { required: () => true },
  // Its own list lets nobody reach loopback, where everything is in these tests.
  fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }),
});
const answer = provider.callback();

const now = Date.now;
server.on('request', async (request, response) => {
  if (request.url === '/test/clock') {
    const ahead = 1000 * (await json(request));
    Date.now = () => now() + ahead;
    response.writeHead(204).end();
    return;
  }
  const [, login] = /^\/test\/accounts\/([^/]+)$/.exec(request.url ?? '') ?? [];
  if (login === undefined) {
    answer(request, response);
    return;
  }
  accounts.set(decodeURIComponent(login), await json(request));
  response.writeHead(204).end();
});

process.stdout.write(`${JSON.stringify({ issuer })}\n`);
process.stdin.resume().on('end', () => process.exit(0));
