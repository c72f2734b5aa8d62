import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useLocation } from 'react-router';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Field, PasswordInput } from '../../ui/field';
import { type FieldErrors, Form, FormActions, type FormValues } from '../../ui/form';
import { answer, api, type SignInProvider } from '../api/client';
import { logIn } from '../api/log-in';
import { onProofWanted } from '../api/proof';
import { keys } from '../api/queries';
import { useMe } from '../session';
import { CodeField, checkCode } from './code-field';
import { Submit } from './submit';

/** Asks for a fresh sign-in when something dangerous needs it; what was asked for then goes on by itself. */
export function Prove() {
  const { email } = useMe();
  const client = useQueryClient();
  const [providers, setProviders] = useState<SignInProvider[]>();
  const [password, setPassword] = useState<string>();
  const [byPassword, setByPassword] = useState(false);
  const settle = useRef<(proven: boolean) => void>(undefined);

  useEffect(
    () =>
      onProofWanted(async () => {
        // Whoever has no provider, or finds none now, has a password.
        setProviders(await answer(api.POST('/sso/discover', { body: { email } })).catch(() => []));
        return new Promise<boolean>((resolve) => {
          settle.current = resolve;
        });
      }),
    [email],
  );

  function end(proven: boolean) {
    setProviders(undefined);
    setPassword(undefined);
    setByPassword(false);
    settle.current?.(proven);
  }

  async function prove({ password: entered = '', code }: FormValues) {
    const me = await logIn({ email, password: password ?? entered, ...(code !== undefined && { code }) });
    if (me === undefined) {
      setPassword(entered);
      return;
    }
    client.setQueryData(keys.me, me);
    end(true);
  }

  return (
    <Dialog
      open={providers !== undefined}
      onOpenChange={(open) => {
        if (!open) end(false);
      }}
      title="Is it you?"
      description="This needs a sign-in of the last ten minutes, so that nobody does it at a screen that you left open."
    >
      {providers === undefined || providers.length === 0 || byPassword ? (
        <Form
          className="stack"
          validate={(values) => (password === undefined ? checkPassword(values) : checkCode(values))}
          onSubmit={prove}
        >
          {password === undefined ? (
            <Field name="password" label="Password" hint={`The one that ${email} signs in with.`}>
              <PasswordInput autoComplete="current-password" />
            </Field>
          ) : (
            <CodeField />
          )}
          <FormActions>
            <Button onClick={() => end(false)}>Cancel</Button>
            <Submit>Go on</Submit>
          </FormActions>
        </Form>
      ) : (
        <div className="stack">
          {providers.map((provider) => (
            <Through key={provider.id} provider={provider} email={email} />
          ))}
          <Button kind="quiet" onClick={() => setByPassword(true)}>
            Use a password instead
          </Button>
        </div>
      )}
    </Dialog>
  );
}

function checkPassword({ password = '' }: FormValues): FieldErrors {
  return password === '' ? { password: 'Enter your password.' } : {};
}

/** Leads through an identity provider and back to this page, where the act is begun again. */
function Through({ provider, email }: { provider: SignInProvider; email: string }) {
  const { pathname, search } = useLocation();
  const [pending, setPending] = useState(false);
  return (
    <Button
      kind="primary"
      pending={pending}
      onClick={async () => {
        setPending(true);
        const { url } = await answer(
          api.POST('/sso/start', {
            body: { provider: provider.id, email, next: pathname + search, fresh: true },
          }),
        );
        window.location.assign(url);
      }}
    >
      {`Prove it with ${provider.name}`}
    </Button>
  );
}
