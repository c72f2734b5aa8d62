import { useQueryClient } from '@tanstack/react-query';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Field, Input, Select } from '../../ui/field';
import { Form, FormActions, type FormValues } from '../../ui/form';
import { answer, api, type Cloud } from '../api/client';
import { forForm } from '../api/problem';
import { keys } from '../api/queries';
import { nameProblem } from '../name-rule';
import { Submit } from './submit';

interface CloudAccountFormProps {
  org: string;
  cloud: Cloud;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Asks for an AWS account in which clusters shall run. */
export function CloudAccountForm({ org, cloud, open, onOpenChange }: CloudAccountFormProps) {
  const client = useQueryClient();

  async function save({ name = '', number = '', region = '', role = '' }: FormValues) {
    const asked = role.trim();
    await forForm(
      answer(
        api.POST('/organizations/{org}/cloud-accounts', {
          params: { path: { org } },
          body: {
            name: name.trim(),
            number: number.replace(/[\s-]/g, ''),
            region,
            ...(asked !== '' && { role: asked }),
          },
        }),
      ),
    );
    await client.invalidateQueries({ queryKey: keys.cloudAccounts(org) });
    onOpenChange(false);
  }

  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Add cloud account">
      <Form className="stack" validate={wrong} onSubmit={save}>
        <Field name="name" label="Name" hint="For yourselves, such as production.">
          <Input maxLength={40} autoComplete="off" spellCheck={false} />
        </Field>
        <Field
          name="number"
          label="AWS account"
          hint="12 digits. The AWS console shows them in the corner at the top."
        >
          <Input inputMode="numeric" maxLength={14} autoComplete="off" placeholder="123456789012" />
        </Field>
        <Field name="region" label="Region">
          <Select defaultValue={cloud.regions[0]?.id}>
            {cloud.regions.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </Select>
        </Field>
        <Field
          name="role"
          label="Role"
          optional
          hint="ARN of a role below podium-access/, if it must have a certain name. Without one, a new name is used."
        >
          <Input maxLength={160} autoComplete="off" spellCheck={false} />
        </Field>
        <FormActions>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Submit>Add account</Submit>
        </FormActions>
      </Form>
    </Dialog>
  );
}

function wrong({ name = '', number = '' }: FormValues): Record<string, string> {
  const problems: Record<string, string> = {};
  const problem = nameProblem(name.trim());
  if (problem !== undefined) problems.name = problem;
  if (!/^\d{12}$/.test(number.replace(/[\s-]/g, ''))) problems.number = 'Enter the 12 digits of the account.';
  return problems;
}
