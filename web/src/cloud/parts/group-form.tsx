import { useQueryClient } from '@tanstack/react-query';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Field, Input, Textarea } from '../../ui/field';
import { Form, FormActions, type FormValues } from '../../ui/form';
import { answer, api, type Group } from '../api/client';
import { forForm } from '../api/problem';
import { keys } from '../api/queries';
import { Submit } from './submit';

/** Makes a group, or changes the one that is given. */
export function GroupForm({
  org,
  group,
  open,
  onOpenChange,
}: {
  org: string;
  group?: Group;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  const client = useQueryClient();

  async function save({ name = '', providerGroups = '' }: FormValues) {
    const body = {
      name: name.trim(),
      providerGroups: providerGroups
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== ''),
    };
    await forForm(
      answer(
        group === undefined
          ? api.POST('/organizations/{org}/groups', { params: { path: { org } }, body })
          : api.PUT('/organizations/{org}/groups/{group}', {
              params: { path: { org, group: group.id } },
              body,
            }),
      ),
    );
    await Promise.all([
      client.invalidateQueries({ queryKey: keys.groups(org) }),
      client.invalidateQueries({ queryKey: keys.grants(org) }),
    ]);
    onOpenChange(false);
  }

  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={group === undefined ? 'Create group' : `Edit ${group.name}`}
    >
      <Form
        className="stack"
        validate={({ name = '' }): Record<string, string> =>
          name.trim() === '' ? { name: 'Enter a name.' } : {}
        }
        onSubmit={save}
      >
        <Field name="name" label="Name">
          <Input defaultValue={group?.name} maxLength={60} autoComplete="off" placeholder="Night shift" />
        </Field>
        <Field
          name="providerGroups"
          label="Groups of your identity provider"
          optional
          hint="One in each line, as the provider writes them. Their people are in this group from their next sign-in on, and leave it when they leave the other."
        >
          <Textarea rows={3} defaultValue={group?.providerGroups.join('\n')} spellCheck={false} />
        </Field>
        <FormActions>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Submit>{group === undefined ? 'Create group' : 'Save'}</Submit>
        </FormActions>
      </Form>
    </Dialog>
  );
}
