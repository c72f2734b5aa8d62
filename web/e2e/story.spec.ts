import { Conductor } from './conductor';
import { expect, newAccount, test } from './fixtures';

test('from sign-up to a finished workflow', async ({ page, context, cloud }) => {
  const account = newAccount();

  await test.step('sign up', async () => {
    await page.goto(cloud);
    await page.getByRole('link', { name: 'Sign up' }).click();
    await expect(page.getByRole('heading', { name: 'Create your account' })).toBeVisible();
    await page.getByLabel('Work e-mail').fill(account.email);
    await page.getByLabel('Your name').fill(account.name);
    await page.getByLabel('Password', { exact: true }).fill(account.password);
    await page.getByLabel('Organization').fill(account.organization);
    await page.getByRole('button', { name: 'Create account' }).click();
    await expect(page.getByRole('heading', { name: 'Create your first cluster' })).toBeVisible();
  });

  await test.step('create a cluster and watch it come up', async () => {
    await page.getByLabel('Name', { exact: true }).fill('orders');
    await page.getByRole('button', { name: 'Create cluster' }).click();
    await expect(page.getByRole('heading', { name: 'Create cluster orders' })).toBeVisible();
    const steps = page.getByRole('list', { name: 'Steps' }).getByRole('listitem');
    await expect(steps.filter({ hasText: 'Start a node' })).toContainText('Done');
    await expect(page.getByText('Succeeded')).toBeVisible();
    await expect(steps.filter({ hasNotText: /Done|Skipped/ })).toHaveCount(0);
    const graph = page.getByRole('group', { name: /^Graph of / });
    await expect(graph.getByRole('button', { name: /Completed/ }).first()).toBeVisible();
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Clusters' }).click();
    await page.getByRole('list', { name: 'Clusters' }).getByRole('link', { name: 'orders' }).click();
    await expect(page.getByRole('heading', { name: 'orders' })).toBeVisible();
    await expect(page.getByText('Ready', { exact: true })).toBeVisible();
  });

  const key = await test.step('make an access key; its secret is shown once', async () => {
    await page.getByRole('tab', { name: 'Access keys' }).click();
    await page.getByRole('button', { name: 'Create access key' }).first().click();
    await page.getByRole('dialog').getByLabel('Name').fill('order workers');
    await page.getByRole('dialog').getByRole('button', { name: 'Create key' }).click();
    const shown = page.getByRole('dialog', { name: 'Your access key' });
    const id = (await shown.getByRole('definition').nth(0).innerText()).trim();
    const secret = (await shown.getByRole('definition').nth(1).innerText()).trim();
    expect(secret.length).toBeGreaterThan(30);
    await shown.getByRole('button', { name: 'I have copied it' }).click();
    await page.reload();
    await expect(page.getByRole('row', { name: /order workers/ })).toBeVisible();
    expect(await page.content()).not.toContain(secret);
    return { id, secret };
  });

  const endpoint = await test.step('find the endpoint', async () => {
    await page.getByRole('tab', { name: 'Overview' }).click();
    const text = await page
      .getByText(/^http:\/\/127\.0\.0\.1:\d+\/api$/)
      .first()
      .innerText();
    return text.trim();
  });

  const conductor = await Conductor.connect(endpoint, key);
  await conductor.registerTask('greet');
  await conductor.registerWorkflow({
    name: 'hello',
    inputParameters: ['name'],
    tasks: [
      {
        name: 'greet',
        taskReferenceName: 'greet',
        type: 'SIMPLE',
        inputParameters: { name: '${workflow.input.name}' },
      },
    ],
    outputParameters: { greeting: '${greet.output.greeting}' },
  });

  await test.step('run it in the cluster’s console and watch it end', async () => {
    const opening = context.waitForEvent('page');
    await page.getByRole('button', { name: 'Open console' }).click();
    const console = await opening;
    await console
      .getByRole('navigation', { name: 'Main' })
      .getByRole('link', { name: 'Definitions', exact: true })
      .click();
    await console
      .getByRole('table', { name: 'Definitions' })
      .getByRole('link', { name: 'hello', exact: true })
      .click();
    await console.getByRole('link', { name: 'Run', exact: true }).click();
    await console.getByRole('form', { name: 'Run hello' }).getByLabel('name').fill('Ada');
    await console.getByRole('button', { name: 'Run', exact: true }).click();

    const graph = console.getByRole('group', { name: 'Graph of hello' });
    await expect(graph.getByRole('button', { name: /^greet, .*Waiting for a worker/ })).toBeVisible();
    await conductor.work('greet', (task) => ({
      status: 'COMPLETED',
      outputData: { greeting: `Hello, ${task.inputData.name}!` },
    }));
    // The change arrives by push: nothing is pressed here.
    await expect(graph.getByRole('button', { name: /^greet, .*Completed/ })).toBeVisible();
    await expect(console.getByText('Completed', { exact: true }).first()).toBeVisible();

    // A window that gets narrow, as a phone that is turned, keeps the graph in sight.
    await console.setViewportSize({ width: 390, height: 844 });
    await expect(graph.getByRole('button', { name: /^greet, / })).toBeInViewport();
    await console.setViewportSize({ width: 1280, height: 800 });
    await graph.getByRole('button', { name: /^greet, / }).click();
    const panel = console.getByRole('complementary', { name: 'Task greet' });
    await expect(panel.getByText('Hello, Ada!')).toBeVisible();
  });

  await test.step('the cloud has counted it; delete the cluster', async () => {
    await page.getByRole('tab', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Delete cluster' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete orders?' });
    await dialog.getByLabel(/Type orders/).fill('orders');
    await dialog.getByRole('button', { name: 'Delete cluster' }).click();
    await expect(page.getByRole('heading', { name: 'Delete cluster orders' })).toBeVisible();
    await expect(page.getByText('Succeeded')).toBeVisible();
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Clusters' }).click();
    await expect(page.getByRole('heading', { name: 'Create your first cluster' })).toBeVisible();
    await expect(fetch(endpoint)).rejects.toThrow();
  });
});
