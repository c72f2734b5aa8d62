import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation, useNavigate } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Field, Input, PasswordInput } from '../../ui/field';
import { Form, type FormValues } from '../../ui/form';
import { Door } from '../../ui/layout';
import { Notice, Skeleton } from '../../ui/placeholder';
import { answer, api, type Invitation, type Me } from '../api/client';
import { forForm } from '../api/problem';
import { invitationQuery, keys, meQuery } from '../api/queries';
import { Submit } from '../parts/submit';
import { paths } from '../paths';

/** Where the link of an invitation leads. Its token is in the fragment, which browsers send to nobody. */
export function InvitationPage() {
  const token = useLocation().hash.slice(1);
  const query = useQuery(invitationQuery(token));
  const { data: me } = useQuery(meQuery);
  return (
    <Door title={query.data === undefined ? 'Invitation' : `Join ${query.data.organization}`}>
      <Loaded query={query} what="invitation" skeleton={<Skeleton height={120} />}>
        {(invitation) => (
          <>
            <p>
              {invitation.createdBy} invites <strong>{invitation.email}</strong> to be {invitation.role} of{' '}
              {invitation.organization}.
            </p>
            {me ? (
              <Accept token={token} invitation={invitation} me={me} />
            ) : (
              <Join token={token} invitation={invitation} />
            )}
          </>
        )}
      </Loaded>
    </Door>
  );
}

/** For who is signed in. */
function Accept({ token, invitation, me }: { token: string; invitation: Invitation; me: Me }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  if (me.email !== invitation.email) {
    return (
      <Notice kind="warning" title={`You are signed in as ${me.email}`}>
        The invitation is for somebody else. Sign out, then open the link again.
      </Notice>
    );
  }
  return (
    <Form
      onSubmit={async () => {
        client.setQueryData(keys.me, await answer(api.POST('/invitations/accept', { body: { token } })));
        await navigate(paths.clusters(invitation.organization), { replace: true });
      }}
    >
      <Submit size="large">Accept</Submit>
    </Form>
  );
}

/** For who is not: most have no account yet. */
function Join({ token, invitation }: { token: string; invitation: Invitation }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [known, setKnown] = useState(false);

  async function join({ name = '', password = '' }: FormValues) {
    const me = await forForm(
      answer(api.POST('/invitations/join', { body: { token, name: name.trim(), password } })),
    );
    client.setQueryData(keys.me, me);
    await navigate(paths.clusters(invitation.organization), { replace: true });
  }

  async function signIn({ password = '' }: FormValues) {
    await forForm(answer(api.POST('/login', { body: { email: invitation.email, password } })));
    client.setQueryData(keys.me, await answer(api.POST('/invitations/accept', { body: { token } })));
    await navigate(paths.clusters(invitation.organization), { replace: true });
  }

  if (known) {
    return (
      <Form
        key="known"
        className="stack"
        validate={({ password = '' }): Record<string, string> =>
          password === '' ? { password: 'Enter your password.' } : {}
        }
        onSubmit={signIn}
      >
        <Field name="password" label="Password">
          <PasswordInput autoComplete="current-password" autoFocus />
        </Field>
        <Submit size="large">Sign in and accept</Submit>
        <Button kind="quiet" onClick={() => setKnown(false)}>
          I have no account yet
        </Button>
      </Form>
    );
  }
  return (
    <Form
      key="new"
      className="stack"
      validate={({ name = '', password = '' }): Record<string, string> => ({
        ...(name.trim() === '' && { name: 'Enter your name.' }),
        ...(password.length < 8 && { password: 'Use 8 characters or more.' }),
      })}
      onSubmit={join}
    >
      <Field name="name" label="Your name">
        <Input autoComplete="name" maxLength={100} autoFocus />
      </Field>
      <Field name="password" label="Password" hint="8 characters or more.">
        <PasswordInput autoComplete="new-password" maxLength={128} />
      </Field>
      <Submit size="large">Create account and join</Submit>
      <Button kind="quiet" onClick={() => setKnown(true)}>
        I have an account
      </Button>
      <p className="muted">
        Your organization uses single sign-on? <Link to={paths.signIn}>Sign in</Link> instead.
      </p>
    </Form>
  );
}
