import { randomUUID } from 'node:crypto';
import { type APIRequestContext, test as base, expect } from '@playwright/test';
import { Conductor } from './conductor';
import { Server } from './process';

/** Somebody who has signed up; the browser of the test has the session. */
export interface Account {
  email: string;
  password: string;
  name: string;
  organization: string;
}

/** A cluster that is ready, and an application's access to it. */
export interface ReadyCluster {
  organization: string;
  name: string;
  endpoint: string;
  conductor: Conductor;
}

interface ForEachTest {
  account: Account;
  cluster: ReadyCluster;
}

interface ForEachWorker {
  /** Origin of a control plane. */
  cloud: string;
  /** Origin of an edge that runs alone. */
  edge: string;
}

export const test = base.extend<ForEachTest, ForEachWorker>({
  cloud: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures that are used from the pattern
    async ({}, use) => {
      const server = await Server.controlPlane();
      await use(server.origin);
      await server.stop();
    },
    { scope: 'worker' },
  ],
  edge: [
    // biome-ignore lint/correctness/noEmptyPattern: as above
    async ({}, use) => {
      const server = await Server.edge();
      await use(server.origin);
      await server.stop();
    },
    { scope: 'worker' },
  ],
  account: async ({ cloud, context }, use) => {
    const account = newAccount();
    await post(context.request, `${cloud}/api/v1/signup`, account);
    await use(account);
  },
  cluster: async ({ cloud, context, account: { organization } }, use) => {
    const clusters = `${cloud}/api/v1/organizations/${organization}/clusters`;
    await post(context.request, clusters, { name: 'first' });
    await expect
      .poll(async () => (await (await context.request.get(`${clusters}/first`)).json()).state, {
        timeout: 20_000,
      })
      .toBe('READY');
    const { endpoint } = await (await context.request.get(`${clusters}/first`)).json();
    const key = await post(context.request, `${clusters}/first/access-keys`, { name: 'e2e' });
    await use({ organization, name: 'first', endpoint, conductor: await Conductor.connect(endpoint, key) });
    await context.request.delete(`${clusters}/first`);
  },
});

export { expect };

export function newAccount(): Account {
  const unique = randomUUID().slice(0, 8);
  return {
    email: `ada-${unique}@example.com`,
    password: randomUUID(),
    name: 'Ada Lovelace',
    organization: `engines-${unique}`,
  };
}

/** A name that no other test uses. */
export function unique(prefix: string): string {
  return `${prefix}_${randomUUID().slice(0, 8)}`;
}

async function post(request: APIRequestContext, url: string, data: object) {
  const response = await request.post(url, { data });
  expect(response.ok(), `POST ${url}: ${response.status()} ${await response.text()}`).toBe(true);
  return response.json();
}
