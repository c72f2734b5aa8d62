import path from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { mockControlPlane } from './mock/cloud/plugin.ts';
import { mockDataPlane } from './mock/cluster/plugin.ts';

const here = import.meta.dirname;

/** Where `npm run dev` finds the API; the mock server and the real binaries answer alike. */
const target = process.env.PODIUM_API ?? 'http://127.0.0.1:8080';

/**
 * One project, two entries: the mode names the console. Each is a Vite root of its own, so index.html comes out at the
 * root of its dist folder, from where the Go package beside it embeds it.
 */
export default defineConfig(({ mode }) => {
  const entry = mode === 'cluster' ? 'cluster' : 'cloud';
  const mock = process.env.PODIUM_MOCK;
  return {
    root: mode === 'test' ? here : path.join(here, 'src', entry),
    // Its .gitkeep puts back the one that emptying dist removes: Go needs the folder to exist before any build.
    publicDir: path.join(here, 'public'),
    cacheDir: path.join(here, 'node_modules/.vite', entry),
    plugins: [react(), mock !== undefined && (entry === 'cloud' ? mockControlPlane() : mockDataPlane(mock))],
    server: {
      host: '127.0.0.1',
      fs: { allow: [here] },
      // Calls of the API, but not modules in a folder of that name.
      proxy: { '^/(api|podium)/(?!.*\\.(ts|tsx|css)(\\?|$))': target },
    },
    experimental: {
      // Scripts and styles find their files beside themselves, so that a console can be served below any path; only the index
      // names them from the root.
      renderBuiltUrl: (filename, { hostType }) => (hostType === 'html' ? `/${filename}` : { relative: true }),
    },
    build: {
      outDir: path.join(here, 'embed', entry, 'dist'),
      emptyOutDir: true,
      target: 'es2022',
      // light-dark() carries both themes; older browsers would need each token twice.
      cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
      // Nothing inline: the consoles are served under a policy that allows scripts and images from their origin only.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
    test: {
      environment: 'jsdom',
      include: ['src/**/*.test.{ts,tsx}', 'mock/**/*.test.ts'],
      setupFiles: [path.join(here, 'test-setup.ts')],
      restoreMocks: true,
      testTimeout: 30_000,
    },
  };
});
