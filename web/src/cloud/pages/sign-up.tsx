import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Navigate, useSearchParams } from 'react-router';
import { Field, Input, PasswordInput } from '../../ui/field';
import { Form, type FormValues } from '../../ui/form';
import { Door } from '../../ui/layout';
import { answer, api } from '../api/client';
import { forForm } from '../api/problem';
import { keys, meQuery } from '../api/queries';
import { nameProblem } from '../name-rule';
import { NameField } from '../parts/name-field';
import { Submit } from '../parts/submit';
import { paths, safeNext } from '../paths';

/** Makes an account with its first organization. */
export function SignUp() {
  const client = useQueryClient();
  const [params] = useSearchParams();
  const { data: me } = useQuery(meQuery);

  async function signUp({ email = '', name = '', password = '', organization = '' }: FormValues) {
    const body = { email: email.trim(), name: name.trim(), password, organization };
    client.setQueryData(keys.me, await forForm(answer(api.POST('/signup', { body }))));
    // The way on is the one below; a second one would open the next page twice.
  }

  if (me) return <Navigate to={safeNext(params.get('next'))} replace />;
  return (
    <Door
      title="Create your account"
      footer={
        <>
          Have an account? <Link to={{ pathname: paths.signIn, search: params.toString() }}>Sign in</Link>
        </>
      }
    >
      <Form className="stack" validate={check} onSubmit={signUp}>
        <Field name="email" label="Work e-mail">
          <Input type="email" autoComplete="username" maxLength={254} autoFocus />
        </Field>
        <Field name="name" label="Your name">
          <Input autoComplete="name" maxLength={100} />
        </Field>
        <Field name="password" label="Password" hint="8 characters or more.">
          <PasswordInput autoComplete="new-password" maxLength={128} />
        </Field>
        <NameField name="organization" label="Organization" />
        <Submit size="large">Create account</Submit>
      </Form>
    </Door>
  );
}

function check({
  email = '',
  name = '',
  password = '',
  organization = '',
}: FormValues): Record<string, string> {
  const organizationProblem = nameProblem(organization);
  return {
    ...(!/^\S+@\S+$/.test(email.trim()) && { email: 'Enter an e-mail address, such as ada@example.com.' }),
    ...(name.trim() === '' && { name: 'Enter your name.' }),
    ...(password.length < 8 && { password: 'Use 8 characters or more.' }),
    ...(organizationProblem !== undefined && { organization: organizationProblem }),
  };
}
