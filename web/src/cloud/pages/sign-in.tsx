import { useQuery, useQueryClient } from '@tanstack/react-query';
import { LogIn } from 'lucide-react';
import { useState } from 'react';
import { Link, Navigate, useSearchParams } from 'react-router';
import { Button } from '../../ui/button';
import { Field, Input, PasswordInput, Select } from '../../ui/field';
import { Form, FormRefused, type FormValues } from '../../ui/form';
import { Door } from '../../ui/layout';
import { Notice } from '../../ui/placeholder';
import { answer, api, type Me, type SignInProvider } from '../api/client';
import { logIn, type Proof } from '../api/log-in';
import { keys, meQuery } from '../api/queries';
import { CodeField, checkCode } from '../parts/code-field';
import { Submit } from '../parts/submit';
import { paths, safeNext } from '../paths';
import { refusalOf } from '../sign-in-refusals';

/** Sign-in by work e-mail: its domain leads to the organization's identity provider, or else to a password. */
export function SignIn() {
  const [params] = useSearchParams();
  const next = safeNext(params.get('next'));
  const client = useQueryClient();
  const { data: me } = useQuery(meQuery);
  const [door, setDoor] = useState<{ domain: string; providers: SignInProvider[] }>();
  const [byPassword, setByPassword] = useState(false);
  const [proof, setProof] = useState<Proof>();
  const [signedIn, setSignedIn] = useState(false);
  const providers = byPassword ? [] : (door?.providers ?? []);

  async function findDoor(email: string): Promise<SignInProvider[]> {
    const domain = domainOf(email);
    if (domain === undefined) return [];
    if (domain === door?.domain) return door.providers;
    // Whoever cannot be led to a provider can still type a password.
    const found = await answer(api.POST('/sso/discover', { body: { email } })).catch(() => []);
    setDoor({ domain, providers: found });
    return found;
  }

  async function goTo(provider: string, email: string) {
    const { url } = await answer(api.POST('/sso/start', { body: { provider, email, next } }));
    window.location.assign(url);
    await new Promise(() => {}); // The button stays busy until the page is left.
  }

  async function signIn({ email = '', password = '', provider }: FormValues) {
    const address = email.trim();
    if (provider !== undefined) return goTo(provider, address);
    if (password === '') {
      const [first, ...others] = byPassword ? [] : await findDoor(address);
      if (first !== undefined && others.length === 0) return goTo(first.id, address);
      if (first !== undefined) return;
      throw new FormRefused({ fields: { password: 'Enter your password.' } });
    }
    const me = await logIn({ email: address, password });
    if (me === undefined) setProof({ email: address, password });
    else goOn(me);
  }

  // The one way on is below; a second one would open the next page twice.
  function goOn(me: Me) {
    setSignedIn(true);
    client.setQueryData(keys.me, me);
  }

  const refusal = refusalOf(params.get('problem'));
  if (me && (signedIn || refusal === undefined)) return <Navigate to={next} replace />;
  if (proof !== undefined) {
    return <SecondStep proof={proof} onSignedIn={goOn} onBack={() => setProof(undefined)} />;
  }
  if (me && refusal !== undefined) {
    return (
      <Door title="You are still signed in" footer={<Link to={next}>Back to where you were</Link>}>
        <Notice kind="failed" title={refusal.title}>
          {refusal.text}
        </Notice>
      </Door>
    );
  }
  return (
    <Door
      title="Sign in"
      footer={
        <>
          New here?{' '}
          <Link
            to={{
              pathname: paths.signUp,
              search: next === paths.home ? '' : `?next=${encodeURIComponent(next)}`,
            }}
          >
            Sign up
          </Link>
        </>
      }
    >
      {params.has('expired') && (
        <Notice kind="warning">Your session has ended. Sign in to go on where you were.</Notice>
      )}
      {refusal !== undefined && (
        <Notice kind="failed" title={refusal.title}>
          {refusal.text}
        </Notice>
      )}
      <Form className="stack" validate={check} onSubmit={signIn}>
        <Field name="email" label="Work e-mail">
          <Input
            type="email"
            autoComplete="username"
            autoFocus
            onChange={(event) => {
              if (domainOf(event.target.value) !== door?.domain) setDoor(undefined);
            }}
            onBlur={(event) => void findDoor(event.target.value.trim())}
          />
        </Field>
        {providers.length === 0 ? (
          <>
            <Field name="password" label="Password">
              <PasswordInput autoComplete="current-password" />
            </Field>
            <Submit size="large">Sign in</Submit>
          </>
        ) : (
          <>
            <Choice providers={providers} />
            <Button kind="quiet" onClick={() => setByPassword(true)}>
              Use a password instead
            </Button>
          </>
        )}
      </Form>
    </Door>
  );
}

/** Asks for the code of the second factor, after a right password. */
function SecondStep(props: { proof: Proof; onSignedIn: (me: Me) => void; onBack: () => void }) {
  const { proof, onSignedIn, onBack } = props;
  return (
    <Door title="Enter your code">
      <Form
        className="stack"
        validate={checkCode}
        onSubmit={async ({ code = '' }) => {
          const me = await logIn({ ...proof, code });
          if (me !== undefined) onSignedIn(me);
        }}
      >
        <CodeField />
        <Submit size="large">Sign in</Submit>
        <Button kind="quiet" onClick={onBack}>
          Back
        </Button>
      </Form>
    </Door>
  );
}

/** One button per provider; with several, a choice and one button. */
function Choice({ providers }: { providers: SignInProvider[] }) {
  const [chosen, setChosen] = useState(providers[0]?.id);
  const name = providers.find(({ id }) => id === chosen)?.name ?? '';
  return (
    <>
      {providers.length > 1 ? (
        <Field name="provider" label="Sign in with">
          <Select value={chosen} onChange={(event) => setChosen(event.target.value)}>
            {providers.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </Select>
        </Field>
      ) : (
        <input type="hidden" name="provider" value={chosen} />
      )}
      {/* The field that had the focus has just gone. */}
      <Submit size="large" icon={<LogIn aria-hidden />} autoFocus>
        {`Continue with ${name}`}
      </Submit>
    </>
  );
}

function domainOf(email: string): string | undefined {
  return /^\S+@(\S+\.\S+)$/.exec(email.trim())?.[1]?.toLowerCase();
}

function check({ email = '' }: FormValues): Record<string, string> {
  return email.trim() === '' ? { email: 'Enter your e-mail.' } : {};
}
