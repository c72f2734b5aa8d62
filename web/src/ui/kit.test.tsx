import { render, screen, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { useState } from 'react';
import { expect, test, vi } from 'vitest';
import { Button } from './button';
import { ConfirmDialog } from './confirm-dialog';
import { CopyButton } from './copy';
import { JsonView } from './json-view';
import { KitProvider } from './provider';
import { StatusBadge } from './status';
import { type Column, Table } from './table';
import { ThemeSwitch } from './theme';
import { useToast } from './toast';

const columns: Column<{ id: string }>[] = [{ key: 'id', title: 'Id', render: ({ id }) => id }];

test('a button that cannot be used says why and does nothing', async () => {
  const onClick = vi.fn();
  render(
    <KitProvider>
      <Button disabledReason="Not yet." onClick={onClick}>
        Go
      </Button>
    </KitProvider>,
  );
  const user = userEvent.setup();
  const button = screen.getByRole('button', { name: 'Go' });
  await user.tab();
  expect(document.activeElement).toBe(button);
  expect((await screen.findByRole('tooltip')).textContent).toContain('Not yet.');
  await user.click(button);
  await user.keyboard('{Enter}');
  expect(onClick).not.toHaveBeenCalled();
});

test('a pending button keeps its name and its focus, and does nothing', async () => {
  const onClick = vi.fn();
  render(
    <Button pending onClick={onClick}>
      Go
    </Button>,
  );
  const button = screen.getByRole('button', { name: 'Go' });
  button.focus();
  await userEvent.setup().click(button);
  expect(document.activeElement).toBe(button);
  expect(onClick).not.toHaveBeenCalled();
});

test('rows are walked by keyboard and opened by Enter', async () => {
  const onOpen = vi.fn();
  render(
    <Table
      label="Things"
      columns={columns}
      rows={[{ id: 'a' }, { id: 'b' }, { id: 'c' }]}
      rowKey={({ id }) => id}
      onOpen={onOpen}
    />,
  );
  const user = userEvent.setup();
  await user.tab();
  await user.keyboard('{ArrowDown}{ArrowDown}{ArrowDown}{ArrowUp}{Enter}');
  expect(onOpen).toHaveBeenLastCalledWith({ id: 'b' });
  await user.keyboard('{End}{Enter}');
  expect(onOpen).toHaveBeenLastCalledWith({ id: 'c' });
  await user.tab();
  expect(document.activeElement).toBe(document.body);
});

test('what cannot be undone asks for the name', async () => {
  const onConfirm = vi.fn(async () => {});
  function Page() {
    const [open, setOpen] = useState(true);
    return (
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title="Delete first?"
        confirm="Delete"
        danger
        typed="first"
        onConfirm={onConfirm}
      >
        All is lost.
      </ConfirmDialog>
    );
  }
  render(
    <KitProvider>
      <Page />
    </KitProvider>,
  );
  const user = userEvent.setup();
  const dialog = within(screen.getByRole('dialog', { name: 'Delete first?' }));
  await user.type(dialog.getByLabelText('Type first to confirm'), 'frist');
  await user.click(dialog.getByRole('button', { name: 'Delete' }));
  expect(onConfirm).not.toHaveBeenCalled();
  await user.clear(dialog.getByLabelText('Type first to confirm'));
  await user.type(dialog.getByLabelText('Type first to confirm'), 'first');
  await user.click(dialog.getByRole('button', { name: 'Delete' }));
  expect(onConfirm).toHaveBeenCalledOnce();
  expect(screen.queryByRole('dialog')).toBeNull();
});

test('copying copies and says so', async () => {
  const user = userEvent.setup();
  render(
    <KitProvider>
      <CopyButton text="the text" what="endpoint" />
    </KitProvider>,
  );
  await user.click(screen.getByRole('button', { name: 'Copy endpoint' }));
  expect(await navigator.clipboard.readText()).toBe('the text');
  expect(screen.getByRole('status').textContent).toBe('Copied endpoint');
});

test('a state is a word and not only a colour', () => {
  const { container } = render(<StatusBadge kind="failed">Failed</StatusBadge>);
  expect(screen.getByText('Failed')).toBeDefined();
  expect(container.querySelector('svg')?.getAttribute('aria-hidden')).toBe('true');
});

test('JSON unfolds where the search found something', async () => {
  const user = userEvent.setup();
  render(
    <KitProvider>
      <JsonView label="output" value={{ list: [{ deep: { down: 'treasure' } }] }} depth={1} />
    </KitProvider>,
  );
  expect(screen.queryByText('"treasure"')).toBeNull();
  await user.type(screen.getByRole('searchbox', { name: 'Search output' }), 'treasure');
  expect(await screen.findByText('"treasure"')).toBeDefined();
  expect(screen.getByText('1 of 1')).toBeDefined();
});

test('the theme is kept on the device', async () => {
  const user = userEvent.setup();
  render(
    <KitProvider>
      <ThemeSwitch />
    </KitProvider>,
  );
  await user.click(screen.getByRole('button', { name: 'Theme' }));
  await user.click(screen.getByRole('menuitemradio', { name: 'Dark' }));
  expect(document.documentElement.dataset.theme).toBe('dark');
  expect(localStorage.getItem('podium-theme')).toBe('dark');
  await user.click(screen.getByRole('button', { name: 'Theme' }));
  await user.click(screen.getByRole('menuitemradio', { name: 'System' }));
  expect(document.documentElement.dataset.theme).toBeUndefined();
  expect(localStorage.getItem('podium-theme')).toBeNull();
});

test('a toast tells what was done', async () => {
  function Page() {
    const toast = useToast();
    return <Button onClick={() => toast({ kind: 'success', title: 'Deleted key' })}>Go</Button>;
  }
  render(
    <KitProvider>
      <Page />
    </KitProvider>,
  );
  await userEvent.setup().click(screen.getByRole('button', { name: 'Go' }));
  expect(await screen.findAllByText('Deleted key')).not.toHaveLength(0);
});
