import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from 'react-router';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Form, FormActions, type FormValues } from '../../ui/form';
import { Page } from '../../ui/layout';
import { answer, api, type Me } from '../api/client';
import { forForm } from '../api/problem';
import { keys } from '../api/queries';
import { nameProblem } from '../name-rule';
import { Frame } from '../parts/frame';
import { NameField } from '../parts/name-field';
import { Submit } from '../parts/submit';
import { paths } from '../paths';

/** Makes another organization. */
export function NewOrganization() {
  const client = useQueryClient();
  const navigate = useNavigate();

  async function create({ name = '' }: FormValues) {
    const made = await forForm(answer(api.POST('/organizations', { body: { name } })));
    client.setQueryData<Me | null>(keys.me, (me) =>
      me
        ? { ...me, organizations: [...me.organizations, made].sort((a, b) => (a.name < b.name ? -1 : 1)) }
        : me,
    );
    await navigate(paths.clusters(made.name));
  }

  return (
    <Frame>
      <Page
        title="New organization"
        width="narrow"
        description="An organization holds clusters and the people who work with them. You will own it."
      >
        <Card>
          <Form
            className="stack"
            validate={({ name = '' }): Record<string, string> => {
              const problem = nameProblem(name);
              return problem === undefined ? {} : { name: problem };
            }}
            onSubmit={create}
          >
            <NameField name="name" label="Name" autoFocus />
            <FormActions>
              <Button asChild>
                <Link to={paths.home}>Cancel</Link>
              </Button>
              <Submit>Create organization</Submit>
            </FormActions>
          </Form>
        </Card>
      </Page>
    </Frame>
  );
}
