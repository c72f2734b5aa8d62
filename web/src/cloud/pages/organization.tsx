import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Form, FormActions, type FormValues } from '../../ui/form';
import { Page } from '../../ui/layout';
import { useToast } from '../../ui/toast';
import { answer, api, type Me } from '../api/client';
import { forForm } from '../api/problem';
import { keys } from '../api/queries';
import { nameProblem } from '../name-rule';
import { KeyLifeRule } from '../parts/key-life-rule';
import { NameField } from '../parts/name-field';
import { SecondFactorRule } from '../parts/organization-rules';
import { Submit } from '../parts/submit';
import { paths } from '../paths';
import { useWhyNot } from '../rights';
import { useOrganization } from '../session';

/** The settings of an organization: its name, what it asks of its members and of keys, and its end. */
export function OrganizationSettings() {
  return (
    <Page title="Organization" width="narrow" description="What concerns the organization as a whole.">
      <div className="stack">
        <Rename />
        <SecondFactorRule />
        <KeyLifeRule />
        <Deletion />
      </div>
    </Page>
  );
}

function Rename() {
  const organization = useOrganization();
  const whyNot = useWhyNot();
  const reason = organization.closed ?? whyNot('organization.update', 'rename the organization');
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();

  async function rename({ name = '' }: FormValues) {
    const renamed = await forForm(
      answer(
        api.PUT('/organizations/{org}', { params: { path: { org: organization.name } }, body: { name } }),
      ),
    );
    client.setQueryData<Me | null>(keys.me, (me) =>
      me == null
        ? me
        : { ...me, organizations: me.organizations.map((one) => (one.id === renamed.id ? renamed : one)) },
    );
    await navigate(paths.organization(renamed.name), { replace: true });
    toast({ kind: 'success', title: `The organization is called ${renamed.name} now` });
  }

  return (
    <Card title="Name" description="Part of the addresses of these pages. Clusters go on as they are.">
      <Form
        key={organization.name}
        className="stack"
        validate={({ name = '' }): Record<string, string> => {
          const problem = nameProblem(name);
          return problem === undefined ? {} : { name: problem };
        }}
        onSubmit={rename}
      >
        <NameField name="name" label="Name" initial={organization.name} />
        <FormActions>
          {reason === undefined ? <Submit>Rename</Submit> : <Button disabledReason={reason}>Rename</Button>}
        </FormActions>
      </Form>
    </Card>
  );
}

function Deletion() {
  const organization = useOrganization();
  const org = organization.name;
  const whyNot = useWhyNot();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const reason =
    organization.closed ?? whyNot('organization.delete', 'delete the organization; only its owners may');

  return (
    <Card
      title="Delete the organization"
      description="With all its clusters, their data and their backups. The audit log stays with whoever runs this installation."
    >
      <Button kind="danger" disabledReason={reason} onClick={() => setAsking(true)}>
        Delete {org}
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={`Delete ${org}?`}
        confirm="Delete organization"
        typed={org}
        danger
        onConfirm={async () => {
          await answer(
            api.POST('/organizations/{org}/deletion', { params: { path: { org } }, body: { name: org } }),
          );
          await client.invalidateQueries({ queryKey: keys.me });
        }}
      >
        Nothing can be changed from now on, and its applications are refused at once. Everybody in it is told,
        and for a time, a week unless this installation says otherwise, every owner can keep it. After that
        its clusters are deleted with all that they hold and with their backups, its secrets are made
        unreadable for good, and all its members lose it.
      </ConfirmDialog>
    </Card>
  );
}
