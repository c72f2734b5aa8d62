import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Navigate, useNavigate, useSearchParams } from 'react-router';
import { Field, Input, PasswordInput } from '../../ui/field';
import { Form, type FormValues } from '../../ui/form';
import { Door } from '../../ui/layout';
import { Notice } from '../../ui/placeholder';
import { answer, api } from '../api/client';
import { forForm } from '../api/problem';
import { keys, meQuery } from '../api/queries';
import { Submit } from '../parts/submit';
import { paths, safeNext } from '../paths';

/** Sign-in by e-mail and password; leads back to the page that was wanted. */
export function SignIn() {
  const [params] = useSearchParams();
  const next = safeNext(params.get('next'));
  const client = useQueryClient();
  const navigate = useNavigate();
  const { data: me } = useQuery(meQuery);

  async function signIn({ email = '', password = '' }: FormValues) {
    const me = await forForm(answer(api.POST('/login', { body: { email: email.trim(), password } })));
    client.setQueryData(keys.me, me);
    await navigate(next, { replace: true });
  }

  if (me) return <Navigate to={next} replace />;
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
      <Form className="stack" validate={check} onSubmit={signIn}>
        <Field name="email" label="Work e-mail">
          <Input type="email" autoComplete="username" autoFocus />
        </Field>
        <Field name="password" label="Password">
          <PasswordInput autoComplete="current-password" />
        </Field>
        <Submit size="large">Sign in</Submit>
      </Form>
    </Door>
  );
}

function check({ email = '', password = '' }: FormValues): Record<string, string> {
  return {
    ...(email.trim() === '' && { email: 'Enter your e-mail.' }),
    ...(password === '' && { password: 'Enter your password.' }),
  };
}
