import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Field, Select } from '../../ui/field';
import { rolesQuery } from '../api/queries';
import { may } from '../rights';
import { memberRoles, roleTitle, roleWords } from '../roles';
import { useOrganization } from '../session';

/** The field `role` of a form: which role somebody gets, and what it lets them do. */
export function RoleField({ initial = 'member' }: { initial?: string }) {
  const organization = useOrganization();
  const roles = useQuery({ ...rolesQuery(organization.name), enabled: may(organization, 'role.read') });
  const [role, setRole] = useState(initial);
  const made = (roles.data ?? []).filter(({ kind }) => kind === 'custom');
  return (
    <Field
      name="role"
      label="Role"
      hint={roleWords(role)?.can ?? made.find(({ id }) => id === role)?.description}
    >
      <Select value={role} onChange={(event) => setRole(event.target.value)}>
        {memberRoles.map((name) => (
          <option key={name} value={name}>
            {roleTitle(name)}
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
  );
}
