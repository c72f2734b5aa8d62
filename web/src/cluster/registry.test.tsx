import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, test } from 'vitest';
import { openConsole } from './testing';

beforeEach(() => localStorage.clear());

const dialog = () => within(screen.getByRole('dialog'));
const closed = () => waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());

describe('many executions at once', () => {
  test('those that are ticked are paused, and what fails is told', async () => {
    const { user, world } = await openConsole('/executions');
    const [running] = await screen.findAllByLabelText(/^Select publish_image /);
    const [failed] = screen.getAllByLabelText(/^Select fulfil_order /);
    await user.click(running as HTMLElement);
    await user.click(failed as HTMLElement);
    await screen.findByText('2 selected');
    await user.click(screen.getByRole('button', { name: 'Pause …' }));
    await user.click(dialog().getByRole('button', { name: 'Pause 2 executions' }));
    await screen.findByRole('dialog', { name: '1 paused' });
    dialog().getByText('2 of 2 handled, 1 could not be paused.');
    expect(
      within(dialog().getByRole('list', { name: 'Failed' })).getByText('The workflow is FAILED'),
    ).toBeDefined();
    await user.click(dialog().getAllByRole('button', { name: 'Close' })[0] as HTMLElement);
    await closed();
    expect(screen.queryByText('2 selected')).toBeNull();
    expect([...world.executions.values()].filter(({ status }) => status === 'PAUSED')).toHaveLength(2);
  });

  test('everything that a search finds is removed, beyond what is in view, after the number is typed', async () => {
    const { user, world } = await openConsole('/executions?workflow=make_thumbnail&status=COMPLETED');
    const before = world.executions.size;
    await user.click(await screen.findByRole('checkbox', { name: 'Select all on this page' }));
    const all = await screen.findByRole('button', { name: /^Select all \d+$/ });
    const count = Number(/\d+/.exec(all.textContent ?? '')?.[0]);
    expect(count).toBeGreaterThan(100);
    await user.click(all);
    await user.click(screen.getByRole('button', { name: 'More …' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Remove' }));
    await user.click(dialog().getByRole('button', { name: `Remove ${count} executions` }));
    dialog().getByText(`This is not “${count}”.`);
    await user.type(dialog().getByLabelText(`Type ${count} to confirm`), String(count));
    await user.click(dialog().getByRole('button', { name: `Remove ${count} executions` }));
    await screen.findByRole('dialog', { name: `${count} removed` });
    expect(world.executions.size).toBe(before - count);
  });
});

test('a search is saved under a name, found again and forgotten', async () => {
  const { user, address } = await openConsole('/executions?status=FAILED');
  await user.click(await screen.findByRole('button', { name: 'Views' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Save this search …' }));
  await user.click(dialog().getByRole('button', { name: 'Save' }));
  await dialog().findByText('Give it a name.');
  await user.type(dialog().getByLabelText('Name'), 'Broken{Enter}');
  await closed();
  await user.click(await screen.findByRole('button', { name: 'Failed' }));
  await waitFor(() => expect(address()).toBe('/executions'));
  await user.click(screen.getByRole('button', { name: 'Views' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Broken' }));
  await waitFor(() => expect(address()).toBe('/executions?status=FAILED'));
  await user.click(await screen.findByRole('button', { name: 'Broken' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Forget “Broken”' }));
  await screen.findByRole('button', { name: 'Views' });
});

test('a queue tells which tasks wait in it, and leads to them', async () => {
  const { user, address } = await openConsole('/queues');
  await user.click(await screen.findByRole('link', { name: 'import_file' }));
  await waitFor(() => expect(address()).toBe('/queues/import_file'));
  const waiting = within(await screen.findByRole('table', { name: 'Tasks waiting' }));
  expect(waiting.getAllByRole('row')).toHaveLength(51);
  await screen.findByText(/The oldest 50 of \d+\./);
  await within(screen.getByRole('table', { name: 'Workers' })).findByText('importer-3');
  await user.click(waiting.getAllByRole('link')[0] as HTMLElement);
  await waitFor(() => expect(address()).toMatch(/^\/executions\/.*\?task=import_/));
});

describe('versions of a definition', () => {
  test('are compared, task by task', async () => {
    const { user, address } = await openConsole('/definitions/publish_image/versions?version=3');
    const changes = within(await screen.findByRole('list', { name: 'Changes' }));
    expect(changes.getAllByRole('listitem').map((item) => item.textContent)).toEqual([
      'Addedverify Worker task',
      'Addedannounce Event',
    ]);
    await user.selectOptions(screen.getByRole('combobox', { name: 'Compare with' }), 'since version 1');
    await waitFor(() => expect(address()).toBe('/definitions/publish_image/versions?version=3&since=1'));
    await waitFor(() =>
      expect(within(screen.getByRole('list', { name: 'Changes' })).getByText('encode_all')).toBeDefined(),
    );
  });

  test('are deleted one by one', async () => {
    const { user, world, address } = await openConsole('/definitions/publish_image/versions?version=3');
    await user.click(await screen.findByRole('button', { name: 'Delete version 3' }));
    await user.click(dialog().getByRole('button', { name: 'Delete version' }));
    await waitFor(() => expect(address()).toBe('/definitions/publish_image/versions?version=2'));
    expect(
      world.definitions.filter(({ name }) => name === 'publish_image').map(({ version }) => version),
    ).toEqual([1, 2]);
  });
});

test('a new definition begins with a template', async () => {
  const { user, address } = await openConsole('/definitions');
  await user.click(await screen.findByRole('link', { name: 'New definition' }));
  await user.click(await screen.findByRole('link', { name: 'Branches side by side' }));
  expect(address()).toBe('/new-definition?template=fork');
  const graph = within(await screen.findByRole('group', { name: 'Graph of my_fork' }));
  await graph.findByRole('button', { name: /^both, Fork/ });
});

describe('a task definition', () => {
  test('is registered in a form, which says what it comes to', async () => {
    const { user, world, address } = await openConsole('/new-task-definition?name=weigh');
    const form = within(await screen.findByRole('form', { name: 'Task definition' }));
    await user.clear(form.getByLabelText('Retries'));
    await user.type(form.getByLabelText('Retries'), '2');
    form.getByText('In words: retries 2 times, 1 min apart; times out when silent for 1 h.');
    await user.clear(form.getByLabelText('Worker must answer within'));
    await user.type(form.getByLabelText('Worker must answer within'), '0');
    await user.click(form.getByRole('button', { name: 'Save' }));
    await form.findByText('Worker must answer within must be at least 1.');
    await user.type(form.getByLabelText('Worker must answer within'), '5');
    await user.click(form.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(address()).toBe('/task-definitions/weigh'));
    expect(world.taskDefs.find(({ name }) => name === 'weigh')).toMatchObject({
      retryCount: 2,
      responseTimeoutSeconds: 5,
      timeoutPolicy: 'TIME_OUT_WF',
    });
  });

  test('tells who uses it, and is deleted', async () => {
    const { user, world, address } = await openConsole('/task-definitions/resize');
    const uses = within(await screen.findByRole('table', { name: 'Used by' }));
    expect((await uses.findByRole('link', { name: 'make_thumbnail' })).getAttribute('href')).toBe(
      '/definitions/make_thumbnail?version=1',
    );
    await user.click(await screen.findByRole('button', { name: 'Delete' }));
    await user.click(dialog().getByRole('button', { name: 'Delete' }));
    await waitFor(() => expect(address()).toBe('/task-definitions'));
    expect(world.taskDefs.some(({ name }) => name === 'resize')).toBe(false);
  });

  test('is not left with changes unless one says so', async () => {
    const { user, address } = await openConsole('/task-definitions/resize/edit');
    await user.type(await screen.findByLabelText('Description'), ' and more');
    await user.click(screen.getByRole('link', { name: 'Queues' }));
    await user.click((await screen.findByRole('dialog')).querySelector('form button') as HTMLElement);
    await closed();
    expect(address()).toBe('/task-definitions/resize/edit');
    await user.click(screen.getByRole('link', { name: 'Queues' }));
    await user.click(dialog().getByRole('button', { name: 'Discard changes' }));
    await waitFor(() => expect(address()).toBe('/queues'));
  });
});

describe('schedules', () => {
  test('tell when they come due, and are paused with a reason', async () => {
    const { user, world } = await openConsole('/schedules');
    await user.click(await screen.findByRole('link', { name: 'nightly-import' }));
    await screen.findByText('At 03:00');
    await waitFor(() =>
      expect(
        within(screen.getByRole('list', { name: 'Next times' })).getAllByText(/CE[S]?T|GMT\+[12]/),
      ).toHaveLength(5),
    );
    expect(
      within(await screen.findByRole('table', { name: 'Runs' })).getByText(/No such workflow/),
    ).toBeDefined();
    await user.click(screen.getByRole('button', { name: 'Pause' }));
    await user.type(dialog().getByLabelText('Reason'), 'holidays');
    await user.click(dialog().getByRole('button', { name: 'Pause' }));
    await screen.findByText('holidays');
    await user.click(screen.getByRole('button', { name: 'Resume' }));
    await screen.findByText('Active');
    expect(world.registry.schedule('nightly-import').paused).toBe(false);
  });

  test('are made in a form', async () => {
    const { user, world, address } = await openConsole('/new-schedule?workflow=make_thumbnail');
    const form = within(await screen.findByRole('form', { name: 'Schedule' }));
    await user.type(form.getByLabelText('Name'), 'thumbs');
    await user.selectOptions(form.getByLabelText('Time zone'), 'Europe/Berlin');
    await user.clear(form.getByLabelText('Cron expression'));
    await user.type(form.getByLabelText('Cron expression'), '5 4 * * *');
    await form.findByText(/must have six fields/);
    await user.click(form.getByRole('button', { name: 'Every 15 minutes' }));
    await user.clear(form.getByLabelText('Input'));
    await user.type(form.getByLabelText('Input'), '{{"width": 9}');
    await user.click(form.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(address()).toBe('/schedules/thumbs'));
    expect(world.registry.schedule('thumbs')).toEqual({
      name: 'thumbs',
      cronExpression: '0 */15 * * * *',
      zoneId: 'Europe/Berlin',
      startWorkflowRequest: { name: 'make_thumbnail', input: { width: 9 } },
    });
  });

  test('are deleted', async () => {
    const { user, world, address } = await openConsole('/schedules/reconcile');
    await screen.findByText('The bank is away until Monday.');
    await user.click(screen.getByRole('button', { name: 'Delete' }));
    await user.click(dialog().getByRole('button', { name: 'Delete' }));
    await waitFor(() => expect(address()).toBe('/schedules'));
    expect(world.registry.schedules.has('reconcile')).toBe(false);
  });
});

describe('event handlers', () => {
  test('are turned on in their row', async () => {
    const { user, world } = await openConsole('/event-handlers');
    const off = await screen.findByRole('switch', { name: 'reviews is active' });
    expect(off.getAttribute('aria-checked')).toBe('false');
    await user.click(off);
    await waitFor(() => expect(world.registry.handlers.get('reviews')?.active).toBe(true));
    await waitFor(() => expect(off.getAttribute('aria-checked')).toBe('true'));
  });

  test('are made in a form, whose errors stand at their fields', async () => {
    const { user, world, address } = await openConsole('/new-event-handler');
    const form = within(await screen.findByRole('form', { name: 'Event handler' }));
    await user.type(form.getByLabelText('Name'), 'refunds');
    await user.type(form.getByLabelText('Listens to'), 'refunds');
    await user.click(form.getByRole('button', { name: 'Save' }));
    await form.findByText(/as provider:queue\.$/);
    await user.type(form.getByLabelText('Listens to'), ':new');
    await user.click(form.getByRole('button', { name: 'Save' }));
    await form.findByText('Workflow must not be empty.');
    await user.type(form.getByLabelText('Workflow'), 'ship_parcel');
    await user.click(form.getByRole('button', { name: 'Add an action' }));
    const second = within(form.getByRole('group', { name: 'Action 2' }));
    await user.selectOptions(second.getByLabelText('What is done'), 'Complete a task');
    await user.type(second.getByLabelText('Task'), 'wait_for_refund');
    await user.click(form.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(address()).toBe('/event-handlers'));
    expect(world.registry.handlers.get('refunds')).toEqual({
      name: 'refunds',
      event: 'refunds:new',
      active: true,
      actions: [
        { action: 'start_workflow', start_workflow: { name: 'ship_parcel', input: {} } },
        { action: 'complete_task', complete_task: { taskRefName: 'wait_for_refund' } },
      ],
    });
  });
});

describe('secrets and environment', () => {
  test('a secret is written and never shown', async () => {
    const { user, world } = await openConsole('/secrets');
    await user.click(await screen.findByRole('button', { name: 'New secret' }));
    await user.type(dialog().getByLabelText('Name'), 'mail-password');
    await user.type(dialog().getByLabelText('Value'), '"in quotes"');
    await user.click(dialog().getByRole('button', { name: 'Save' }));
    await dialog().findByText('Name is taken; change that one instead.');
    await user.clear(dialog().getByLabelText('Name'));
    await user.type(dialog().getByLabelText('Name'), 'mail_key');
    await user.click(dialog().getByRole('button', { name: 'Save' }));
    await closed();
    expect(world.registry.secrets.get('mail_key')).toBe('"in quotes"');
    await screen.findByText('mail_key');
    expect(document.body.textContent).not.toContain('in quotes');
    await user.click(screen.getByRole('button', { name: 'Change mail_key' }));
    expect((dialog().getByLabelText('New value') as HTMLInputElement).value).toBe('');
  });

  test('a variable is changed and deleted', async () => {
    const { user, world } = await openConsole('/environment');
    await user.click(await screen.findByRole('button', { name: 'Change region' }));
    await user.clear(dialog().getByLabelText('Value'));
    await user.type(dialog().getByLabelText('Value'), 'ap-northeast-2');
    await user.click(dialog().getByRole('button', { name: 'Save' }));
    await screen.findByText('ap-northeast-2');
    await closed();
    await user.click(screen.getByRole('button', { name: 'Delete region' }));
    await user.click(dialog().getByRole('button', { name: 'Delete' }));
    await waitFor(() => expect(screen.queryByText('ap-northeast-2')).toBeNull());
    expect([...world.registry.variables.keys()]).toEqual(['image_host']);
  });

  test('places without anything teach what they are for', async () => {
    const { user } = await openConsole('/secrets', { empty: true });
    await screen.findByRole('heading', { name: 'No secrets yet' });
    await user.click(screen.getByRole('tab', { name: 'Environment' }));
    await screen.findByRole('heading', { name: 'No variables yet' });
    await user.click(screen.getByRole('link', { name: 'Schedules' }));
    await screen.findByRole('heading', { name: 'No schedules yet' });
    await user.click(screen.getByRole('link', { name: 'Event handlers' }));
    await screen.findByRole('heading', { name: 'No event handlers yet' });
  });
});
