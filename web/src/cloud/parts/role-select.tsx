import { useState } from 'react';
import { Field, Select } from '../../ui/field';
import type { Member } from '../api/client';
import { memberRoleNames, memberRoles } from '../roles';

/** The field `role` of a form: which role somebody gets, and what it lets them do. */
export function RoleField({ initial = 'member' }: { initial?: Member['role'] }) {
  const [role, setRole] = useState(initial);
  return (
    <Field name="role" label="Role" hint={memberRoles[role].can}>
      <Select value={role} onChange={(event) => setRole(event.target.value as Member['role'])}>
        {memberRoleNames.map((name) => (
          <option key={name} value={name}>
            {memberRoles[name].title}
          </option>
        ))}
      </Select>
    </Field>
  );
}
