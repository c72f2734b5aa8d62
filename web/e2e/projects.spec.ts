import { expect, newAccount, test } from './fixtures';

test('a role in a project reaches the clusters that are moved into it, and ends when they leave', async ({
  page,
  browser,
  cloud,
  cluster,
}) => {
  const organization = `${cloud}/organizations/${cluster.organization}`;
  const api = `${cloud}/api/v1/organizations/${cluster.organization}`;
  const other = newAccount();
  const theirs = await browser.newContext();
  await theirs.request.post(`${cloud}/api/v1/signup`, { data: { ...other, name: 'Grace Hopper' } });
  await page.request.post(`${api}/members`, { data: { email: other.email, role: 'billing' } });
  const seesCluster = async () => (await theirs.request.get(`${api}/clusters/${cluster.name}`)).status();

  await page.goto(`${organization}/projects`);
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: 'Create project' }).click();
  await dialog.getByLabel('Name').fill('media');
  await dialog.getByRole('button', { name: 'Create project' }).click();
  await page.getByRole('button', { name: 'Give access' }).click();
  await dialog.getByLabel('Who').selectOption(`Grace Hopper (${other.email})`);
  await dialog.getByLabel('Role').selectOption('Operator');
  await dialog.getByRole('button', { name: 'Give access' }).click();
  await expect(page.getByRole('row', { name: new RegExp(other.email) })).toContainText('This project');
  expect(await seesCluster()).toBe(404);

  await page.getByRole('button', { name: 'Move a cluster here' }).click();
  await dialog.getByLabel('Cluster').selectOption(cluster.name);
  await dialog.getByRole('button', { name: 'Move cluster' }).click();
  await expect(page.getByRole('table', { name: 'Clusters of media' })).toContainText(cluster.name);
  expect(await seesCluster()).toBe(200);
  expect((await page.request.delete(`${api}/projects/media`)).status()).toBe(409);

  await page.getByRole('button', { name: `Move ${cluster.name} to another project` }).click();
  await dialog.getByRole('button', { name: 'Move cluster' }).click();
  await expect(page.getByText('No clusters in this project')).toBeVisible();
  expect(await seesCluster()).toBe(404);
  // Where there are several, a new cluster is put into one of them.
  await page.goto(`${organization}/create-cluster`);
  const project = page.getByLabel('Project', { exact: true });
  await expect(project).toHaveValue('default');
  await project.selectOption('media');
  await expect(page.getByRole('region', { name: 'What happens' })).toContainText('start');
  await expect(page.getByRole('link', { name: 'Cloud accounts' })).toHaveCount(0);
  await page.goto(`${organization}/projects/media`);
  await page.getByRole('button', { name: 'Delete project' }).click();
  await dialog.getByRole('button', { name: 'Delete project' }).click();
  await expect(page.getByRole('table', { name: 'Projects' })).not.toContainText('media');
});
