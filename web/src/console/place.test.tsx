import { render, screen } from '@testing-library/react';
import { MemoryRouter } from 'react-router';
import { expect, test } from 'vitest';
import { Place } from './place';

test.each([
  ['/roles', 'page'],
  ['/roles/admin', 'page'],
  ['/new-role', 'page'],
  ['/roles-of-others', null],
  ['/members', null],
])('at %s the place is marked %s', (address, mark) => {
  render(
    <MemoryRouter initialEntries={[address]}>
      <Place to="/roles" also={['/new-role']}>
        Roles
      </Place>
    </MemoryRouter>,
  );
  expect(screen.getByRole('link', { name: 'Roles' }).getAttribute('aria-current')).toBe(mark);
});
