import { useState } from 'react';
import { Field, Select } from '../../ui/field';
import { memberRoles, roleTitle, roleWords } from '../roles';

/** The field `role` of a form: which role somebody gets, and what it lets them do. */
export function RoleField({ initial = 'member' }: { initial?: string }) {
  const [role, setRole] = useState(initial);
  return (
    <Field name="role" label="Role" hint={roleWords(role)?.can}>
      <Select value={role} onChange={(event) => setRole(event.target.value)}>
        {memberRoles.map((name) => (
          <option key={name} value={name}>
            {roleTitle(name)}
          </option>
        ))}
      </Select>
    </Field>
  );
}
