import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, test } from 'vitest';
import { executionId } from '../../mock/cluster/executions.ts';
import { openConsole } from './testing';

const at = (n: number, rest = '') => `/executions/${executionId(n)}${rest}`;
const graph = async () => within(await screen.findByRole('group', { name: /^Graph of / }));

describe('access', () => {
  test('a cluster with keys asks for one and then shows the page that was wanted', async () => {
    const { user, address } = await openConsole(at(1), { auth: 'keys' });
    await screen.findByRole('heading', { name: 'Open production-eu' });
    expect(screen.getByRole('link', { name: 'Go to the cloud console' }).getAttribute('href')).toBe(
      'http://127.0.0.1:8080/organizations/lighthouse/clusters/production-eu',
    );
    await user.type(screen.getByLabelText('Key id'), 'key_1');
    await user.type(screen.getByLabelText('Key secret'), 'wrong{Enter}');
    expect((await screen.findByRole('alert')).textContent).toContain('The key id or the secret is wrong.');
    await user.clear(screen.getByLabelText('Key secret'));
    await user.type(screen.getByLabelText('Key secret'), 'mock-secret{Enter}');
    await screen.findByRole('heading', { name: /^make_thumbnail/ });
    expect(address()).toBe(at(1));
    expect(sessionStorage.getItem('podium-token-clu_mock')).toBe('mock-token');
  });

  test('a token that is refused later leads to the door, and back to the same page', async () => {
    sessionStorage.setItem('podium-token-clu_mock', 'expired');
    const { user, address } = await openConsole('/queues', { auth: 'keys' });
    await screen.findByText(/Your access has run out/);
    await user.type(screen.getByLabelText('Key id'), 'key_1');
    await user.type(screen.getByLabelText('Key secret'), 'mock-secret{Enter}');
    await screen.findByRole('heading', { name: 'Queues' });
    expect(address()).toBe('/queues');
  });
});

describe('home', () => {
  test('shows what needs attention', async () => {
    await openConsole('/');
    const counts = within(await screen.findByRole('list', { name: 'Executions by status' }));
    expect(counts.getByRole('link', { name: 'Failed 2' }).getAttribute('href')).toBe(
      '/executions?status=FAILED',
    );
    expect(screen.getByText('resize', { selector: 'strong' })).toBeDefined();
    const failing = within(await screen.findByRole('table', { name: 'Failing now' }));
    expect(failing.getAllByRole('row')).toHaveLength(4);
  });

  test('teaches when there is nothing', async () => {
    await openConsole('/', { empty: true });
    await screen.findByRole('heading', { name: 'Run your first workflow' });
    expect(screen.getByRole('region', { name: /register and run a workflow/ }).textContent).toContain(
      '/api/workflow/hello',
    );
  });
});

describe('executions', () => {
  test('are searched by what stands in the address', async () => {
    const { user, address } = await openConsole('/executions?status=FAILED');
    const rows = async (count: number) =>
      waitFor(() =>
        expect(within(screen.getByRole('table', { name: 'Executions' })).getAllByRole('row')).toHaveLength(
          count + 1,
        ),
      );
    await screen.findByText('1–2 of 2');
    await rows(2);
    await user.click(screen.getByRole('button', { name: 'Timed out' }));
    await rows(3);
    expect(address()).toBe('/executions?status=FAILED%2CTIMED_OUT');
    await user.type(screen.getByRole('combobox', { name: 'Workflow name' }), 'crawl_site');
    await rows(1);
    expect(address()).toBe('/executions?status=FAILED%2CTIMED_OUT&workflow=crawl_site');
  });

  test('that do not match leave a way out', async () => {
    const { user, address } = await openConsole('/executions?q=nothing-like-this');
    await screen.findByRole('heading', { name: 'No execution matches' });
    await user.click(screen.getByRole('button', { name: 'Clear the search' }));
    await screen.findByText('1–50 of 144');
    expect(address()).toBe('/executions');
  });

  test('come in pages', async () => {
    const { user, address } = await openConsole('/executions?page=2');
    await screen.findByText('51–100 of 144');
    await user.click(screen.getByRole('button', { name: 'Older' }));
    await screen.findByText('101–144 of 144');
    expect(address()).toBe('/executions?page=3');
    await user.click(screen.getByRole('button', { name: 'Older' }));
    expect(address()).toBe('/executions?page=3');
  });

  test('change in place; new ones wait to be shown', async () => {
    const { user, world } = await openConsole('/executions');
    await screen.findByText('1–50 of 144');
    const first = () =>
      within(screen.getByRole('table', { name: 'Executions' })).getAllByRole('row')[1]?.textContent;
    await waitFor(() => expect(world.watchers.size).toBeGreaterThan(0));
    expect(first()).toMatch(/^publish_image\.3.*Running/);
    world.terminate(executionId(3), 'enough');
    await waitFor(() => expect(first()).toMatch(/^publish_image\.3.*Terminated/));
    world.start({ name: 'crawl_site' });
    await user.click(await screen.findByRole('button', { name: 'Show 1 newer' }));
    expect(first()).toMatch(/^crawl_site\.1.*Running/);
  });
});

describe('an execution', () => {
  test('shows the selected task, its attempts and their reasons', async () => {
    const { user, address } = await openConsole(at(4));
    await user.click((await graph()).getByRole('button', { name: /^authorize_card, / }));
    expect(address()).toBe(at(4, '?task=authorize_card'));
    const panel = within(screen.getByRole('complementary', { name: 'Task authorize_card' }));
    await user.click(panel.getByRole('button', { name: 'Attempt 1, Failed' }));
    panel.getByText('card network timed out after 5 s');
    await user.click(panel.getByRole('tab', { name: 'Logs' }));
    await panel.findByText('tile 12 of 40');
    await user.click(panel.getByRole('button', { name: 'Close panel' }));
    expect(address()).toBe(at(4));
  });

  test('leads from its reason to the task that is to blame', async () => {
    const { user, address } = await openConsole(at(4));
    const reason = await screen.findByRole('alert');
    expect(reason.textContent).toMatch(/^reserve_stock failed/);
    expect(reason.textContent).not.toContain('failed with status');
    await user.click(await screen.findByRole('button', { name: 'Show reserve_stock' }));
    expect(address()).toBe(at(4, '?task=reserve_stock'));
  });

  test('shows the beginning of a long reason, and all of it when asked', async () => {
    const { user, world } = await openConsole('/executions?status=FAILED&workflow=fulfil_order');
    const long = `${'the card was refused; '.repeat(40)}ask the bank`;
    world.execution(executionId(4)).reasonForIncompletion =
      `Task 00000004-task-0007 failed with status: FAILED and reason: '${long}'`;
    await user.click(await screen.findByRole('link', { name: 'fulfil_order' }));
    const reason = await screen.findByRole('alert');
    expect(reason.textContent).not.toContain('ask the bank');
    await user.click(within(reason).getByRole('button', { name: 'Show all of it' }));
    expect(reason.textContent).toContain('ask the bank');
  });

  test('leads to the branch that failed, not to the join that failed with it', async () => {
    const { user, world } = await openConsole('/executions?status=FAILED&workflow=fulfil_order');
    const { tasks } = world.execution(executionId(4));
    const failed = tasks.find((task) => task.referenceTaskName === 'reserve_stock');
    if (!failed) throw new Error('the order has no reserve_stock');
    tasks.push({
      ...failed,
      taskId: 'join',
      taskType: 'JOIN',
      referenceTaskName: 'prepared',
      status: 'FAILED',
    });
    await user.click(await screen.findByRole('link', { name: 'fulfil_order' }));
    await screen.findByRole('button', { name: 'Show reserve_stock' });
  });

  test('follows changes by push', async () => {
    const { world } = await openConsole(at(3));
    await (await graph()).findByRole('button', { name: /^encode_avif_1080, .*Running/ });
    await waitFor(() => expect(world.watchers.size).toBeGreaterThan(0));
    world.advance();
    await (await graph()).findByRole('button', { name: /^encode_avif_1080, .*Completed/ });
  });

  test('is paused after a question that says what will happen', async () => {
    const { user, world } = await openConsole(at(3));
    await user.click(await screen.findByRole('button', { name: 'Pause' }));
    const dialog = within(screen.getByRole('dialog', { name: 'Pause this execution?' }));
    dialog.getByText(/No further task is scheduled/);
    await user.click(dialog.getByRole('button', { name: 'Pause' }));
    await screen.findByRole('button', { name: 'Resume' });
    expect(world.execution(executionId(3)).status).toBe('PAUSED');
  });

  test('says why something cannot be done', async () => {
    const { user } = await openConsole(at(1));
    const retry = await screen.findByRole('button', { name: 'Retry' });
    expect(retry.getAttribute('aria-disabled')).toBe('true');
    await user.click(retry);
    expect(screen.queryByRole('dialog')).toBeNull();
    await user.click(screen.getByRole('button', { name: 'More actions' }));
    expect(screen.getByRole('menuitem', { name: /^Pause/ }).textContent).toContain('It has ended');
  });

  test('has a waiting task completed by a person, with an output', async () => {
    const { user, world } = await openConsole(at(10, '?task=legal_review'));
    await user.click(await screen.findByRole('button', { name: 'Complete' }));
    const dialog = within(screen.getByRole('dialog', { name: 'Complete legal_review?' }));
    const output = dialog.getByLabelText('Output');
    await user.clear(output);
    await user.type(output, '{{"verdict": ');
    await user.click(dialog.getByRole('button', { name: 'Complete' }));
    await dialog.findByText(/This is not JSON/);
    await user.type(output, '"approved"}');
    await user.click(dialog.getByRole('button', { name: 'Complete' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    const task = world
      .execution(executionId(10))
      .tasks.find((each) => each.referenceTaskName === 'legal_review');
    expect(task).toMatchObject({ status: 'COMPLETED', outputData: { verdict: 'approved' } });
  });

  test('has a task skipped that the flow has not come to', async () => {
    const { user, world } = await openConsole(at(10, '?task=archive'));
    await user.click(await screen.findByRole('button', { name: 'Skip' }));
    await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Skip' }));
    await waitFor(() =>
      expect(world.execution(executionId(10)).tasks.at(-1)).toMatchObject({
        referenceTaskName: 'archive',
        status: 'SKIPPED',
      }),
    );
  });

  test('opens its sub-workflow in place, and leads to it', async () => {
    const { user } = await openConsole(at(5));
    await user.click((await graph()).getByRole('button', { name: 'Open ship' }));
    await user.click(await (await graph()).findByRole('button', { name: /^pause, .*left$/ }));
    const panel = within(screen.getByRole('complementary', { name: 'Task ship/pause__2' }));
    await panel.findByRole('heading', { name: 'pause__2' });
    await user.click((await graph()).getByRole('button', { name: /^ship, / }));
    await user.click(screen.getByRole('link', { name: 'its own execution' }));
    await screen.findByRole('heading', { name: /^ship_parcel/ });
    expect((await screen.findByRole('link', { name: 'fulfil_order' })).getAttribute('href')).toBe(
      at(5, '?task=ship'),
    );
  });

  test('and its failure workflow lead to each other', async () => {
    const { user, world } = await openConsole('/executions?status=FAILED&workflow=fulfil_order');
    world.execution(executionId(4)).output = { 'conductor.failure_workflow': executionId(1) };
    world.execution(executionId(1)).input = { failedWorkflow: { workflowId: executionId(4) } };
    await user.click(await screen.findByRole('link', { name: 'fulfil_order' }));
    await screen.findByText('Failure workflow');
    await user.click(await screen.findByRole('link', { name: 'make_thumbnail' }));
    await screen.findByText('After the failure of');
    expect((await screen.findByRole('link', { name: 'fulfil_order' })).getAttribute('href')).toBe(at(4));
  });

  test('has its thousand tasks listed, as far as they are in view', async () => {
    const { user } = await openConsole(at(7, '/tasks'));
    const grid = await screen.findByRole('grid', { name: 'Tasks' });
    expect(grid.getAttribute('aria-rowcount')).toBe('1016');
    expect(within(grid).getAllByRole('row').length).toBeLessThan(60);
    await user.selectOptions(screen.getByRole('combobox', { name: 'Which tasks' }), 'Failed');
    await screen.findByText('16 attempts');
    await user.type(screen.getByRole('searchbox', { name: 'Find tasks' }), 'price');
    await screen.findByText('4 attempts');
  });

  test('that does not exist says so', async () => {
    await openConsole('/executions/nothing');
    await screen.findByText('There is no execution nothing');
  });
});

describe('running', () => {
  test('a form made from the inputs starts an execution and opens it', async () => {
    const { user, address, world } = await openConsole('/run/make_thumbnail');
    const form = within(await screen.findByRole('form', { name: 'Run make_thumbnail' }));
    await user.type(form.getByLabelText('url'), 'https://example.com/a.png');
    await user.type(form.getByLabelText('width'), '320');
    form.getByText('number');
    await user.type(form.getByLabelText('Correlation id'), 'upload-99');
    await user.click(form.getByRole('button', { name: 'Run' }));
    await waitFor(() => expect(address()).toMatch(/^\/executions\//));
    const id = address().split('/').at(-1) ?? '';
    expect(world.execution(id)).toMatchObject({
      correlationId: 'upload-99',
      input: { url: 'https://example.com/a.png', width: 320 },
    });
  });

  test('what is left empty is not sent, and JSON can be written as it is', async () => {
    const { user, address, world } = await openConsole('/run/make_thumbnail');
    await screen.findByRole('form');
    await user.click(screen.getByRole('tab', { name: 'Input as JSON' }));
    const json = screen.getByLabelText('Input', { selector: 'textarea' });
    await user.clear(json);
    await user.type(json, '[[1]');
    await user.click(screen.getByRole('button', { name: 'Run' }));
    await screen.findByText(/It must be a JSON object/);
    await user.clear(json);
    await user.type(json, '{{"width": 1}');
    await user.click(screen.getByRole('tab', { name: 'Input' }));
    await user.clear(screen.getByLabelText('width'));
    await user.click(screen.getByRole('button', { name: 'Run' }));
    await waitFor(() => expect(address()).toMatch(/^\/executions\//));
    expect(world.execution(address().split('/').at(-1) ?? '').input).toEqual({});
  });

  test('anew takes over the input of an execution', async () => {
    const { user } = await openConsole(at(1));
    await user.click(await screen.findByRole('button', { name: 'More actions' }));
    await user.click(screen.getByRole('menuitem', { name: 'Run anew with this input' }));
    expect(await screen.findByDisplayValue('https://images.example.com/a.png')).toBeDefined();
    expect(screen.getByDisplayValue('upload-81')).toBeDefined();
  });
});

test('definitions are found, and looked at version by version', async () => {
  const { user, address } = await openConsole('/definitions');
  await user.type(await screen.findByRole('searchbox', { name: 'Find a definition' }), 'publish');
  await user.click(screen.getByRole('link', { name: 'publish_image' }));
  await (await graph()).findByRole('button', { name: /^encode_all, Dynamic fork/ });
  await user.selectOptions(await screen.findByRole('combobox', { name: 'Version' }), 'version 1');
  await waitFor(() => expect(address()).toBe('/definitions/publish_image?version=1'));
  await waitFor(async () =>
    expect((await graph()).queryByRole('button', { name: /^encode_all/ })).toBeNull(),
  );
});

test('queues tell which of them no worker polls', async () => {
  await openConsole('/queues');
  const table = within(await screen.findByRole('table', { name: 'Queues' }));
  const rows = table.getAllByRole('row').slice(1);
  expect(rows[0]?.textContent).toMatch(/^import_file111/);
  expect(rows.filter((row) => row.textContent?.includes('No worker')).map((row) => row.textContent)).toEqual([
    expect.stringMatching(/^resize/),
  ]);
});

test('a task definition tells its policy in words; an unregistered one what applies', async () => {
  const { user } = await openConsole('/task-definitions');
  const table = within(await screen.findByRole('table', { name: 'Task definitions' }));
  table.getByText('once, after 10 s');
  await user.click(table.getByRole('link', { name: 'authorize_card' }));
  await screen.findByText('3 times, after 20 s, then twice as long each');
});

test('a task that nobody has registered has a page too', async () => {
  await openConsole('/task-definitions/unheard_of');
  await screen.findByRole('heading', { name: 'Nothing is registered under this name' });
});
