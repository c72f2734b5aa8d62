// The official JavaScript SDK against an edge: secrets, schedules and event handlers.
// CONDUCTOR_SERVER_URL, CONDUCTOR_AUTH_KEY and CONDUCTOR_AUTH_SECRET say which edge; the SDK reads them by itself.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { OrkesClients } from '@io-orkes/conductor-javascript';

const name = `js_${randomUUID().slice(0, 8)}`;
const tag = { key: 'team', value: 'a' };
let clients;

before(async () => {
  clients = await OrkesClients.from();
});

test('secrets are written, named, tagged and removed', async () => {
  const secrets = clients.getSecretClient();
  await secrets.putSecret(name, 'a value "in quotes"');
  assert.ok((await secrets.listAllSecretNames()).includes(name));
  assert.ok((await secrets.listSecretsThatUserCanGrantAccessTo()).includes(name));
  assert.equal(await secrets.secretExists(name), true);
  await secrets.setSecretTags([tag], name);
  assert.deepEqual(await secrets.getSecretTags(name), [{ ...tag, type: 'METADATA' }]);
  await secrets.deleteSecretTags([tag], name);
  assert.deepEqual(await secrets.getSecretTags(name), []);
  await assert.rejects(secrets.getSecret(name));
  await secrets.deleteSecret(name);
  assert.ok(!(await secrets.listAllSecretNames()).includes(name));
});

test('schedules are saved, paused, resumed, searched and removed', async () => {
  const schedules = clients.getSchedulerClient();
  const startWorkflowRequest = { name, version: 1, input: { a: 1 } };
  await schedules.saveSchedule({ name, cronExpression: '0 0 0 1 1 ?', startWorkflowRequest });
  const saved = await schedules.getSchedule(name);
  assert.equal(saved.cronExpression, '0 0 0 1 1 ?');
  assert.deepEqual(saved.startWorkflowRequest.input, { a: 1 });
  await schedules.pauseSchedule(name, 'holidays');
  const paused = await schedules.getSchedule(name);
  assert.deepEqual([paused.paused, paused.pausedReason], [true, 'holidays']);
  await schedules.resumeSchedule(name);
  assert.equal((await schedules.getSchedule(name)).paused, false);
  assert.equal((await schedules.search(0, 10, '', '*', `scheduleName IN (${name})`)).totalHits, 0);
  await schedules.deleteSchedule(name);
  await assert.rejects(schedules.getSchedule(name));
});

test('event handlers are added, changed, found and removed', async () => {
  const events = clients.getEventClient();
  const event = `conductor:${name}:done`;
  const handler = {
    name,
    event,
    active: true,
    actions: [{ action: 'start_workflow', start_workflow: { name, input: { id: '${workflowInstanceId}' } } }],
  };
  await events.addEventHandler(handler);
  await assert.rejects(events.addEventHandler(handler));
  await events.updateEventHandler({ ...handler, condition: '$.ok' });
  assert.equal((await events.getEventHandlerByName(name)).condition, '$.ok');
  assert.equal((await events.getEventHandlersForEvent(event, true)).length, 1);
  assert.ok((await events.getAllEventHandlers()).some((h) => h.name === name));
  await events.putTagForEventHandler(name, [tag]);
  assert.deepEqual(await events.getTagsForEventHandler(name), [{ ...tag, type: 'METADATA' }]);
  assert.deepEqual(await events.getEventExecutions(name), []);
  await assert.rejects(events.handleIncomingEvent({}));
  await events.handleIncomingEvent({ event, from: 'outside' });
  assert.equal((await events.getEventExecutions(name))[0].status, 'SKIPPED'); // its condition did not hold
  assert.equal((await events.getEventMessages(event))[0].fullPayload.from, 'outside');
  assert.ok((await events.getEventHandlersWithStats(0)).results.some((h) => h.event === event));
  await events.removeEventHandler(name);
  assert.equal((await events.getEventHandlersForEvent(event, false)).length, 0);
});
