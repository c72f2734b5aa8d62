import type { Page } from '@playwright/test';
import { Conductor } from './conductor';
import { expect, test, unique } from './fixtures';

const size = 1000;

// Recording disturbs what is measured here.
test.use({ trace: 'off' });
test.slow();

/** Milliseconds between frames while something is done. */
async function frames(
  page: Page,
  act: () => Promise<void>,
): Promise<{ median: number; p95: number; worst: number }> {
  await page.evaluate(() => {
    const times: number[] = [];
    let last = performance.now();
    const tick = (now: number) => {
      times.push(now - last);
      last = now;
      frame = requestAnimationFrame(tick);
    };
    let frame = requestAnimationFrame(tick);
    Object.assign(window, {
      endFrames: () => {
        cancelAnimationFrame(frame);
        return times;
      },
    });
  });
  await act();
  const times = await page.evaluate(() => (window as unknown as { endFrames: () => number[] }).endFrames());
  // The first one began before the measurement.
  const sorted = times.slice(1).sort((a, b) => a - b);
  const at = (part: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0);
  return { median: at(0.5), p95: at(0.95), worst: at(1) };
}

/** Drags, zooms and walks, as somebody does who looks around. */
async function lookAround(page: Page) {
  const box = await page.getByRole('group', { name: /^Graph of/ }).boundingBox();
  if (!box) throw new Error('no graph');
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let i = 1; i <= 30; i++) await page.mouse.move(x - i * 8, y - i * 4);
  await page.mouse.up();
  await page.keyboard.down('Control');
  for (let i = 0; i < 10; i++) await page.mouse.wheel(0, i < 5 ? 60 : -60);
  await page.keyboard.up('Control');
  for (let i = 0; i < 20; i++) await page.mouse.wheel(0, 120);
}

/** What the frame in the middle may take at most, in milliseconds, on a machine that has other work to do too. */
const fluid = 100;

test(`a fork of ${size} branches stays readable and fluid`, async ({ page, edge }, info) => {
  const conductor = await Conductor.connect(`${edge}/api`);
  const name = unique('wide');
  const branch = (i: number) => ({
    name: 'branch',
    taskReferenceName: `branch_${i}`,
    type: 'INLINE',
    // Every 250th branch fails, and the execution goes on.
    inputParameters: {
      evaluatorType: 'javascript',
      expression: i % 250 === 0 ? "throw new Error('no price')" : '1',
    },
    optional: true,
  });
  await conductor.registerWorkflow({
    name,
    tasks: [
      {
        name: 'fork',
        taskReferenceName: 'fork',
        type: 'FORK_JOIN_DYNAMIC',
        inputParameters: { branches: '${workflow.input.branches}', inputs: {} },
        dynamicForkTasksParam: 'branches',
        dynamicForkTasksInputParamName: 'inputs',
      },
      { name: 'join', taskReferenceName: 'join', type: 'JOIN' },
      { name: 'rest', taskReferenceName: 'rest', type: 'WAIT', inputParameters: {} },
    ],
  });
  const id = await conductor.start(name, { branches: Array.from({ length: size }, (_, i) => branch(i)) });
  const began = Date.now();
  await page.goto(`${edge}/executions/${id}`);
  const fork = page.getByRole('group', { name: `Graph of ${name}` }).getByRole('button', { name: /^fork, / });
  await expect(fork).toHaveAccessibleName(/996 completed/);
  const first = Date.now() - began;

  await test.step('what failed is found at once', async () => {
    await page.getByRole('button', { name: /^List / }).click();
    const list = page.getByRole('region', { name: /^1,000 branches of fork/ });
    await list.getByRole('button', { name: /^4 / }).click();
    await expect(list.getByRole('listitem')).toHaveCount(4);
    await list.getByRole('button', { name: /branch_250/ }).click();
    await expect(page.getByRole('complementary', { name: 'Task branch_250' })).toContainText('no price');
    await page.getByRole('button', { name: 'Close list' }).click();
    await page.getByRole('button', { name: 'Close panel' }).click();
  });

  const folded = await frames(page, () => lookAround(page));

  await page.goto(`${edge}/executions/${id}/tasks`);
  const grid = page.getByRole('grid', { name: 'Tasks' });
  await expect(grid).toHaveAttribute('aria-rowcount', String(size + 4));
  const scrolled = await frames(page, async () => {
    await grid.hover();
    for (let i = 0; i < 60; i++) await page.mouse.wheel(0, 1000);
    await expect(grid.getByText('rest').first()).toBeVisible();
  });
  expect(await grid.getByRole('row').count()).toBeLessThan(80);

  const figures = { first, folded, scrolled };
  await info.attach('figures', { body: JSON.stringify(figures) });
  console.log(`fork of ${size}: ${JSON.stringify(figures)}`);
  for (const each of [folded, scrolled]) expect(each.median).toBeLessThan(fluid);
});

test(`a loop of ${size} iterations stays readable and fluid`, async ({ page, edge }, info) => {
  const conductor = await Conductor.connect(`${edge}/api`);
  const name = unique('long');
  await conductor.registerWorkflow({
    name,
    tasks: [
      {
        name: 'loop',
        taskReferenceName: 'loop',
        type: 'DO_WHILE',
        loopCondition: `if ($.loop['iteration'] < ${size}) { true; } else { false; }`,
        loopOver: [
          {
            name: 'step',
            taskReferenceName: 'step',
            type: 'INLINE',
            inputParameters: { evaluatorType: 'javascript', expression: '1' },
          },
        ],
      },
    ],
  });
  const id = await conductor.start(name);
  await expect.poll(() => conductor.status(id), { timeout: 40_000 }).toBe('COMPLETED');
  const began = Date.now();
  await page.goto(`${edge}/executions/${id}`);
  const graph = page.getByRole('group', { name: `Graph of ${name}` });
  await expect(graph.getByRole('button', { name: /^loop, / })).toHaveAccessibleName(/1,000 completed/);
  const first = Date.now() - began;
  const around = await frames(page, () => lookAround(page));

  await page.getByRole('button', { name: 'Show all (f)' }).click();
  await page.getByRole('button', { name: /^List / }).click();
  const list = page.getByRole('region', { name: /^1,000 iterations of loop/ });
  await list.getByRole('searchbox').fill('700');
  await list.getByRole('button', { name: /700/ }).first().click();
  await expect(page).toHaveURL(/task=/);

  const figures = { first, around };
  await info.attach('figures', { body: JSON.stringify(figures) });
  console.log(`loop of ${size}: ${JSON.stringify(figures)}`);
  expect(around.median).toBeLessThan(fluid);
});
