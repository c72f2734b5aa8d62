import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from 'react-router';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Form, FormActions, type FormValues } from '../../ui/form';
import { Page } from '../../ui/layout';
import { answer, api } from '../api/client';
import { forForm } from '../api/problem';
import { keys } from '../api/queries';
import { ConnectionFields, checkConnection, connectionOf } from '../parts/provider-fields';
import { RegisterHere } from '../parts/register-here';
import { Submit } from '../parts/submit';
import { paths } from '../paths';
import { useOrganization } from '../session';

/** Adds an identity provider as a draft; its page leads on from there. */
export function NewProvider() {
  const { name: org } = useOrganization();
  const client = useQueryClient();
  const navigate = useNavigate();

  async function create(values: FormValues) {
    const made = await forForm(
      answer(
        api.POST('/organizations/{org}/identity-providers', {
          params: { path: { org } },
          body: {
            ...connectionOf(values),
            defaultRole: 'none',
            ownersByGroup: false,
          },
        }),
      ),
    );
    await client.invalidateQueries({ queryKey: keys.providers(org) });
    await navigate(paths.provider(org, made.id));
  }

  return (
    <Page
      title="Add identity provider"
      width="narrow"
      description="It begins as a draft: nobody signs in through it before you have tried it and activated it."
    >
      <div className="stack">
        <RegisterHere org={org} />
        <Card title="Here" description="What your provider tells you in return.">
          <Form className="stack" validate={checkConnection} onSubmit={create}>
            <ConnectionFields />
            <FormActions>
              <Button asChild>
                <Link to={paths.singleSignOn(org)}>Cancel</Link>
              </Button>
              <Submit>Save draft</Submit>
            </FormActions>
          </Form>
        </Card>
      </div>
    </Page>
  );
}
