import { defineConfig } from '@playwright/test';

/**
 * End-to-end tests in Debian's Chromium against the real binaries, which `make build` puts into bin/. Each worker starts
 * its own control plane and edge on temporary folders and free ports.
 */
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  fullyParallel: true,
  forbidOnly: process.env.CI !== undefined,
  workers: 2,
  // On a busy machine this tells what is broken from what is unsteady; the runner counts the latter as flaky, to be mended.
  retries: process.env.CI === undefined ? 0 : 1,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: [['list', { printSteps: false }]],
  use: {
    launchOptions: {
      executablePath: process.env.PODIUM_CHROMIUM ?? '/usr/bin/chromium',
      // Chromium has no sandbox for root, as which containers run; only our own pages are opened.
      args: ['--no-sandbox'],
    },
    viewport: { width: 1280, height: 800 },
    trace: 'retain-on-failure',
  },
});
