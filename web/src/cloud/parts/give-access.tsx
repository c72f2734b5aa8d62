import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Field, Select } from '../../ui/field';
import { Form, FormActions, type FormValues } from '../../ui/form';
import { useToast } from '../../ui/toast';
import { answer, api, type Grant } from '../api/client';
import { forForm } from '../api/problem';
import { groupsQuery, keys, membersQuery, rolesQuery, serviceAccountsQuery } from '../api/queries';
import { may } from '../rights';
import { partRoles, roleTitle, roleWords } from '../roles';
import { useOrganization } from '../session';
import { Submit } from './submit';

/** Where a role is given. */
export interface Place {
  kind: 'cluster' | 'project';
  name: string;
}

/** The roles that make sense in one cluster; the others are for whole projects. */
const clusterRoles = partRoles.filter((role) => role !== 'project-admin');

/** Gives somebody, or a group, a role in a cluster or in a project. */
export function GiveAccess({
  org,
  place: { kind: where, name },
  open,
  onOpenChange,
}: {
  org: string;
  place: Place;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const organization = useOrganization();
  const client = useQueryClient();
  const toast = useToast();
  const members = useQuery({ ...membersQuery(org), enabled: open });
  const groups = useQuery({ ...groupsQuery(org), enabled: open && may(organization, 'group.read') });
  const programs = useQuery({
    ...serviceAccountsQuery(org),
    enabled: open && may(organization, 'serviceaccount.read'),
  });
  const roles = useQuery({ ...rolesQuery(org), enabled: open && may(organization, 'role.read') });
  const [role, setRole] = useState('cluster-developer');
  const made = (roles.data ?? []).filter(({ kind }) => kind === 'custom');

  async function give({ principal: chosen = '', role: given = '' }: FormValues) {
    const [kind, principal = ''] = chosen.split(' ');
    const grant = await forForm(
      answer(
        api.POST('/organizations/{org}/grants', {
          params: { path: { org } },
          body: {
            principalKind: kind as Grant['principalKind'],
            principal,
            role: given,
            [where]: name,
          },
        }),
      ),
    );
    await client.invalidateQueries({ queryKey: keys.grants(org) });
    onOpenChange(false);
    toast({
      kind: 'success',
      title: `${grant.principalName} is ${roleTitle(grant.role, made)} in ${name}`,
    });
  }

  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={`Give access to ${name}`}
      description={
        where === 'cluster'
          ? 'It adds to what they may do already, and holds at once.'
          : 'It holds at once in every cluster of the project, and in those that come into it.'
      }
    >
      <Form
        className="stack"
        validate={({ principal = '' }): Record<string, string> =>
          principal === '' ? { principal: 'Choose a person or a group.' } : {}
        }
        onSubmit={give}
      >
        <Field
          name="principal"
          label="Who"
          error={(members.error ?? groups.error)?.message}
          hint="Somebody new is invited on the page Members first."
        >
          <Select defaultValue="">
            <option value="">Choose a person or a group</option>
            {(groups.data?.length ?? 0) > 0 && (
              <optgroup label="Groups">
                {groups.data?.map(({ id, name }) => (
                  <option key={id} value={`group ${id}`}>
                    {name}
                  </option>
                ))}
              </optgroup>
            )}
            <optgroup label="People">
              {members.data?.map(({ id, name, email }) => (
                <option key={id} value={`user ${id}`}>
                  {name} ({email})
                </option>
              ))}
            </optgroup>
            {(programs.data?.length ?? 0) > 0 && (
              <optgroup label="Service accounts">
                {programs.data?.map(({ id, name }) => (
                  <option key={id} value={`service-account ${id}`}>
                    {name}
                  </option>
                ))}
              </optgroup>
            )}
          </Select>
        </Field>
        <Field
          name="role"
          label="Role"
          hint={roleWords(role)?.can ?? made.find(({ id }) => id === role)?.description}
        >
          <Select value={role} onChange={(event) => setRole(event.target.value)}>
            {(where === 'cluster' ? clusterRoles : partRoles).map((id) => (
              <option key={id} value={id}>
                {roleTitle(id)}
              </option>
            ))}
            {made.length > 0 && (
              <optgroup label="Roles of this organization">
                {made.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </optgroup>
            )}
          </Select>
        </Field>
        <FormActions>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Submit>Give access</Submit>
        </FormActions>
      </Form>
    </Dialog>
  );
}
