import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** Checks the open page against WCAG 2.2 AA in both themes, and that nothing of it hangs over the edge of a phone. */
export async function expectAccessible(page: Page) {
  await expectNarrow(page);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // Two frames, so that no element still has the colours of the other theme.
    await page.evaluate(
      () => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
    );
    const { violations } = await new AxeBuilder({ page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
      .analyze();
    const found = violations.map(({ id, help, nodes }) => ({
      rule: `${id}: ${help}`,
      elements: nodes.map(({ target, failureSummary }) => `${target.join(' ')} — ${failureSummary}`),
    }));
    expect.soft(found, `${page.url()} in ${colorScheme}`).toEqual([]);
  }
}

/** Reflow (WCAG 1.4.10): what is wide scrolls in a place of its own, where one is in sight, and the page does not scroll sideways. */
async function expectNarrow(page: Page) {
  const before = page.viewportSize();
  const width = 390;
  await page.setViewportSize({ width, height: 844 });
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth), page.url()).toBe(width);
  const here = page.getByRole('navigation', { name: 'Main' }).locator('[aria-current=page]');
  if ((await here.count()) > 0) await expect(here.first(), 'where one is').toBeInViewport({ ratio: 0.9 });
  if (before) await page.setViewportSize(before);
}
