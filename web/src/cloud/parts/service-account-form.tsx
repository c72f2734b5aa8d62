import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Field, Input, Select } from '../../ui/field';
import { Form, FormActions, type FormValues } from '../../ui/form';
import { answer, api, type ServiceAccount } from '../api/client';
import { forForm } from '../api/problem';
import { keys, rolesQuery } from '../api/queries';
import { nameProblem } from '../name-rule';
import { may } from '../rights';
import { memberRoles, roleTitle, roleWords } from '../roles';
import { useOrganization } from '../session';
import { Submit } from './submit';

/** Makes a service account, or changes the one that is given. Mount it anew for each. */
export function ServiceAccountForm({
  org,
  account,
  onDone,
}: {
  org: string;
  account?: ServiceAccount;
  onDone: () => void;
}) {
  const organization = useOrganization();
  const client = useQueryClient();
  const roles = useQuery({ ...rolesQuery(org), enabled: may(organization, 'role.read') });
  const made = (roles.data ?? []).filter(({ kind }) => kind === 'custom');
  const [role, setRole] = useState(account?.role ?? '');

  async function save({ name = '', description = '' }: FormValues) {
    const body = { name: name.trim(), description: description.trim() || undefined, role: role || undefined };
    await forForm(
      account === undefined
        ? answer(api.POST('/organizations/{org}/service-accounts', { params: { path: { org } }, body }))
        : answer(
            api.PUT('/organizations/{org}/service-accounts/{account}', {
              params: { path: { org, account: account.id } },
              body,
            }),
          ),
    );
    await client.invalidateQueries({ queryKey: keys.serviceAccounts(org) });
    onDone();
  }

  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onDone();
      }}
      title={account === undefined ? 'Create service account' : `Edit ${account.name}`}
      description="For one program, such as a pipeline."
    >
      <Form
        className="stack"
        validate={({ name = '' }): Record<string, string> => {
          const problem = nameProblem(name.trim());
          return problem === undefined ? {} : { name: problem };
        }}
        onSubmit={save}
      >
        <Field name="name" label="Name" hint="Such as “deployer”.">
          <Input defaultValue={account?.name} maxLength={40} autoComplete="off" />
        </Field>
        <Field name="description" label="What it does" optional>
          <Input defaultValue={account?.description} maxLength={200} autoComplete="off" />
        </Field>
        <Field
          name="role"
          label="Role in the organization"
          hint={
            roleWords(role)?.can ??
            made.find(({ id }) => id === role)?.description ??
            'Give it roles in single clusters, on their pages under Access.'
          }
        >
          <Select value={role} onChange={(event) => setRole(event.target.value)}>
            <option value="">None</option>
            {memberRoles
              .filter((id) => id !== 'owner')
              .map((id) => (
                <option key={id} value={id}>
                  {roleTitle(id)}
                </option>
              ))}
            {made.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </Select>
        </Field>
        <FormActions>
          <Button onClick={onDone}>Cancel</Button>
          <Submit>{account === undefined ? 'Create service account' : 'Save'}</Submit>
        </FormActions>
      </Form>
    </Dialog>
  );
}
