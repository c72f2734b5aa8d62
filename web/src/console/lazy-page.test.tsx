import { render, screen } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { createMemoryRouter, Link, RouterProvider } from 'react-router';
import { expect, test } from 'vitest';
import { lazyPage } from './lazy-page';
import { PageError } from './page-error';

test('a page whose code does not arrive says so instead of showing nothing', async () => {
  const router = createMemoryRouter([
    {
      HydrateFallback: () => null,
      ErrorBoundary: PageError,
      children: [
        { path: '/', Component: () => <Link to="/far">Far</Link> },
        { path: '/far', lazy: lazyPage(() => Promise.reject(new TypeError('module did not load'))) },
      ],
    },
  ]);
  render(<RouterProvider router={router} />);
  await userEvent.setup().click(await screen.findByRole('link', { name: 'Far' }));
  expect((await screen.findByRole('alert')).textContent).toContain('module did not load');
});
