// The official JavaScript SDK against an edge: applications with keys and roles, users, groups and grants.
// CONDUCTOR_SERVER_URL, CONDUCTOR_AUTH_KEY and CONDUCTOR_AUTH_SECRET say which edge; the SDK reads them by itself.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { OrkesClients } from '@io-orkes/conductor-javascript';

const name = `js_${randomUUID().slice(0, 8)}`;
const guarded = Boolean(process.env.CONDUCTOR_AUTH_KEY);
let clients;

before(async () => {
  clients = await OrkesClients.from();
});

test('an application does what it was granted, with its own key', async () => {
  const applications = clients.getApplicationClient();
  const authorization = clients.getAuthorizationClient();
  const metadata = clients.getMetadataClient();
  for (const workflow of [name, `${name}_other`]) {
    await metadata.registerWorkflowDef({
      name: workflow, version: 1, schemaVersion: 2, ownerEmail: 'sdk@example.com', timeoutSeconds: 0,
      tasks: [{ name: 'w', taskReferenceName: 'w', type: 'WAIT', inputParameters: { duration: '1 s' } }],
    }, true);
  }
  const application = await applications.createApplication(name);
  assert.equal((await applications.getApplication(application.id)).name, name);
  assert.ok((await applications.getAllApplications()).some((a) => a.id === application.id));
  const key = await applications.createAccessKey(application.id);
  assert.ok(key.id && key.secret);
  assert.equal((await applications.getAppByAccessKeyId(key.id)).id, application.id);

  const grant = {
    subject: { type: 'USER', id: `app:${application.id}` }, target: { type: 'WORKFLOW_DEF', id: name }, access: ['READ', 'EXECUTE'],
  };
  await authorization.grantPermissions(grant);
  assert.deepEqual((await authorization.getPermissions('WORKFLOW_DEF', name)).EXECUTE, [{ type: 'USER', id: `app:${application.id}` }]);
  assert.equal((await authorization.getGrantedPermissionsForUser(`app:${application.id}`)).grantedAccess[0].target.id, name);
  assert.equal((await authorization.checkPermissions(`app:${application.id}`, 'WORKFLOW_DEF', name)).EXECUTE, true);

  if (guarded) {
    delete process.env.CONDUCTOR_AUTH_KEY; // the SDK prefers the environment to what it is told
    delete process.env.CONDUCTOR_AUTH_SECRET;
    const own = await OrkesClients.from({ serverUrl: process.env.CONDUCTOR_SERVER_URL, keyId: key.id, keySecret: key.secret });
    assert.ok(await own.getWorkflowClient().startWorkflow({ name, version: 1 }));
    await assert.rejects(own.getWorkflowClient().startWorkflow({ name: `${name}_other`, version: 1 }), /WORKFLOW_DEF|403|Forbidden/);
    await applications.addApplicationRole(application.id, 'UNRESTRICTED_WORKER');
    assert.ok(await own.getWorkflowClient().startWorkflow({ name: `${name}_other`, version: 1 }));
    await applications.removeRoleFromApplicationUser(application.id, 'UNRESTRICTED_WORKER');
  }

  assert.equal((await applications.toggleAccessKeyStatus(application.id, key.id)).status, 'INACTIVE');
  assert.equal((await applications.getAccessKeys(application.id))[0].status, 'INACTIVE');
  await authorization.removePermissions(grant);
  assert.deepEqual(await authorization.getPermissions('WORKFLOW_DEF', name), { CREATE: [], READ: [], UPDATE: [], EXECUTE: [], DELETE: [] });
  await applications.deleteAccessKey(application.id, key.id);
  await applications.deleteApplication(application.id);
  await assert.rejects(applications.getApplication(application.id));
});

test('users and groups are made, joined and removed', async () => {
  const authorization = clients.getAuthorizationClient();
  const email = `${name}@example.com`;
  await authorization.upsertUser(email, { name: 'Ada', roles: ['USER'] });
  assert.equal((await authorization.getUser(email)).name, 'Ada');
  await authorization.upsertGroup(name, { description: 'Billing', roles: ['USER'] });
  await authorization.addUserToGroup(name, email);
  assert.deepEqual((await authorization.getUsersInGroup(name)).map((u) => u.id), [email]);
  assert.ok((await authorization.listGroups()).some((g) => g.id === name));
  await authorization.removeUserFromGroup(name, email);
  assert.deepEqual(await authorization.getUsersInGroup(name), []);
  await authorization.deleteGroup(name);
  await authorization.deleteUser(email);
  assert.ok(!(await authorization.listUsers()).some((u) => u.id === email));
});
