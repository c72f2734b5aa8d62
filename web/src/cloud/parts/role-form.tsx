import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Card } from '../../ui/card';
import { Field, Input } from '../../ui/field';
import { Form, FormActions, type FormValues } from '../../ui/form';
import { Notice } from '../../ui/placeholder';
import { answer, api, type Permission, type RoleDefinition } from '../api/client';
import { forForm } from '../api/problem';
import { keys } from '../api/queries';
import { may } from '../rights';
import { useOrganization } from '../session';
import { always, PermissionMatrix } from './permission-matrix';
import { Submit } from './submit';

export interface RoleFormProps {
  permissions: Permission[];
  /** The role that is changed; without it one is made. */
  role?: RoleDefinition;
  /** What the form begins with. */
  initial: { name: string; description: string; permissions: string[] };
  /** What is left out of a copy, as the caller does not have it. */
  without?: string[];
  /** Stands before the main button. */
  cancel?: ReactNode;
  onDone: (role: RoleDefinition) => void;
}

/** Name, description and permission matrix of a role. */
export function RoleForm({ permissions, role, initial, without = [], cancel, onDone }: RoleFormProps) {
  const organization = useOrganization();
  const org = organization.name;
  const client = useQueryClient();
  const [chosen, setChosen] = useState([...new Set([always, ...initial.permissions])]);

  async function save({ name = '', description = '' }: FormValues) {
    const body = { name: name.trim(), description: description.trim(), permissions: chosen };
    const saved = await forForm(
      answer(
        role === undefined
          ? api.POST('/organizations/{org}/roles', { params: { path: { org } }, body })
          : api.PUT('/organizations/{org}/roles/{role}', { params: { path: { org, role: role.id } }, body }),
      ),
    );
    client.setQueryData<RoleDefinition[]>(keys.roles(org), (all) =>
      all === undefined ? undefined : [...all.filter(({ id }) => id !== saved.id), saved],
    );
    onDone(saved);
    await Promise.all([
      client.invalidateQueries({ queryKey: keys.roles(org) }),
      client.invalidateQueries({ queryKey: keys.grants(org) }),
      // It may be one's own.
      client.invalidateQueries({ queryKey: keys.me }),
    ]);
  }

  return (
    <Form
      className="stack"
      validate={({ name = '' }): Record<string, string> =>
        name.trim() === '' ? { name: 'Enter a name.' } : {}
      }
      onSubmit={save}
    >
      <Card>
        <div className="stack">
          <Field name="name" label="Name">
            <Input
              defaultValue={initial.name}
              maxLength={60}
              autoComplete="off"
              placeholder="Release manager"
            />
          </Field>
          <Field
            name="description"
            label="What it is for"
            optional
            hint="Shown where the role is given to somebody."
          >
            <Input defaultValue={initial.description} maxLength={200} autoComplete="off" />
          </Field>
        </div>
      </Card>
      {without.length > 0 && (
        <Notice kind="info" title="The copy has less than its model">
          {`You may not do this yourself, so you cannot give it: ${without.join(', ')}.`}
        </Notice>
      )}
      <Card
        title="What it allows"
        description="Given for one project or cluster, a role allows only what makes sense there."
      >
        <PermissionMatrix
          permissions={permissions}
          chosen={chosen}
          onChange={setChosen}
          whyNot={(name) =>
            may(organization, name) || chosen.includes(name)
              ? undefined
              : 'You may not do this yourself, so you cannot give it.'
          }
        />
      </Card>
      <FormActions>
        {cancel}
        <Submit>{role === undefined ? 'Create role' : 'Save role'}</Submit>
      </FormActions>
    </Form>
  );
}
