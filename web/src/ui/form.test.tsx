import { render, screen, waitFor } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';
import { Field, Input, PasswordInput } from './field';
import { Form, FormRefused, type FormValues } from './form';

function show(
  onSubmit: (values: FormValues) => Promise<void>,
  validate?: (values: FormValues) => Record<string, string>,
) {
  render(
    <Form onSubmit={onSubmit} validate={validate}>
      <Field name="email" label="E-mail" hint="At work.">
        <Input />
      </Field>
      <Field name="password" label="Password">
        <PasswordInput />
      </Field>
      <button type="submit">Send</button>
    </Form>,
  );
  return userEvent.setup();
}

test('sends the values of its fields', async () => {
  const onSubmit = vi.fn(async () => {});
  const user = show(onSubmit);
  await user.type(screen.getByLabelText('E-mail'), 'ada@example.com');
  await user.type(screen.getByLabelText('Password'), 'secret{Enter}');
  expect(onSubmit).toHaveBeenCalledWith({ email: 'ada@example.com', password: 'secret' });
});

test('what is found wrong before sending is shown at the field, and nothing is sent', async () => {
  const onSubmit = vi.fn(async () => {});
  const user = show(
    onSubmit,
    ({ password }): Record<string, string> => (password === '' ? { password: 'Enter your password.' } : {}),
  );
  await user.click(screen.getByRole('button', { name: 'Send' }));
  const password = screen.getByLabelText('Password');
  expect(password.getAttribute('aria-invalid')).toBe('true');
  expect(password).toBe(document.activeElement);
  expect(screen.getByText('Enter your password.').id).toBe(password.getAttribute('aria-describedby'));
  expect(onSubmit).not.toHaveBeenCalled();
});

test('refusals appear at their fields with the field as subject, and go when it is changed', async () => {
  const user = show(async () => {
    throw new FormRefused({ fields: { email: 'is taken' } });
  });
  await user.click(screen.getByRole('button', { name: 'Send' }));
  await screen.findByText('E-mail is taken.');
  expect(screen.queryByText('At work.')).toBeNull();
  await user.type(screen.getByLabelText('E-mail'), 'x');
  expect(screen.queryByText('E-mail is taken.')).toBeNull();
  expect(screen.getByText('At work.')).toBeDefined();
});

test('errors of fields that the form does not have are not swallowed', async () => {
  const user = show(async () => {
    throw new FormRefused({ fields: { cloud: 'is not known' }, form: 'Refused.' });
  });
  await user.click(screen.getByRole('button', { name: 'Send' }));
  expect((await screen.findByRole('alert')).textContent).toContain('Refused. cloud: is not known');
});

test('any other failure is told over the form, which can be sent again', async () => {
  const onSubmit = vi.fn(async () => {
    throw new Error('No answer.');
  });
  const user = show(onSubmit);
  await user.click(screen.getByRole('button', { name: 'Send' }));
  expect((await screen.findByRole('alert')).textContent).toContain('No answer.');
  await user.click(screen.getByRole('button', { name: 'Send' }));
  expect(onSubmit).toHaveBeenCalledTimes(2);
});

test('a form that is being sent is not sent twice', async () => {
  let finish = () => {};
  const onSubmit = vi.fn(
    () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      }),
  );
  const user = show(onSubmit);
  await user.click(screen.getByRole('button', { name: 'Send' }));
  await user.click(screen.getByRole('button', { name: 'Send' }));
  expect(onSubmit).toHaveBeenCalledTimes(1);
  finish();
  await waitFor(async () => {
    await user.click(screen.getByRole('button', { name: 'Send' }));
    expect(onSubmit).toHaveBeenCalledTimes(2);
  });
});

test('a password can be looked at', async () => {
  const user = show(async () => {});
  const password = screen.getByLabelText('Password');
  expect(password.getAttribute('type')).toBe('password');
  await user.click(screen.getByRole('button', { name: 'Show password' }));
  expect(password.getAttribute('type')).toBe('text');
});
