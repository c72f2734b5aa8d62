import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Card } from '../../ui/card';
import { Field, Input, Select } from '../../ui/field';
import { Form, FormActions, type FormValues } from '../../ui/form';
import { useToast } from '../../ui/toast';
import { answer, api, type IdentityProvider } from '../api/client';
import { forForm } from '../api/problem';
import { keys } from '../api/queries';
import { GroupRoles } from './group-roles';
import styles from './provider.module.css';
import { ConnectionFields, checkConnection, connectionOf } from './provider-fields';
import { Submit } from './submit';

type GroupRole = IdentityProvider['groupRoles'][number];

/** Everything that an owner says of a provider, in one form. */
export function ProviderSettings({ org, provider }: { org: string; provider: IdentityProvider }) {
  const client = useQueryClient();
  const toast = useToast();
  const [groups, setGroups] = useState<GroupRole[]>(provider.groupRoles);

  async function save(values: FormValues) {
    const { scopes = '', claimEmail = '', claimName = '', claimGroups = '', defaultRole } = values;
    const saved = await forForm(
      answer(
        api.PUT('/organizations/{org}/identity-providers/{provider}', {
          params: { path: { org, provider: provider.id } },
          body: {
            ...connectionOf(values),
            scopes: scopes.split(/\s+/).filter((scope) => scope !== ''),
            claims: {
              email: claimEmail.trim(),
              name: claimName.trim(),
              groups: claimGroups.trim(),
              emailsVerified: values.emailsVerified === 'on',
            },
            groupRoles: groups
              .map(({ group, role }) => ({ group: group.trim(), role }))
              .filter(({ group }) => group !== ''),
            defaultRole: defaultRole === 'member' ? 'member' : 'none',
            ownersByGroup: values.ownersByGroup === 'on',
          },
        }),
      ),
    );
    client.setQueryData(keys.provider(org, provider.id), saved);
    await client.invalidateQueries({ queryKey: keys.checks(org, provider.id) });
    await client.invalidateQueries({ queryKey: keys.providers(org), exact: true });
    toast({ kind: 'success', title: 'Saved' });
  }

  return (
    <Form className="stack" validate={checkConnection} onSubmit={save} aria-label="Settings">
      <Card title="Connection">
        <div className="stack">
          <ConnectionFields provider={provider} />
          <details className={styles.details}>
            <summary>Scopes and claims</summary>
            <div className="stack">
              <Field
                name="scopes"
                label="Scopes"
                hint="What is asked for, with spaces between. Some providers send groups only for a scope such as groups."
              >
                <Input defaultValue={provider.scopes.join(' ')} spellCheck={false} autoComplete="off" />
              </Field>
              <div className={styles.thirds}>
                <Field name="claimEmail" label="Claim with the e-mail">
                  <Input defaultValue={provider.claims.email} spellCheck={false} />
                </Field>
                <Field name="claimName" label="Claim with the name">
                  <Input defaultValue={provider.claims.name} spellCheck={false} />
                </Field>
                <Field name="claimGroups" label="Claim with the groups">
                  <Input defaultValue={provider.claims.groups} spellCheck={false} />
                </Field>
              </div>
              <label className={styles.tick}>
                <input
                  type="checkbox"
                  name="emailsVerified"
                  defaultChecked={provider.claims.emailsVerified}
                />
                <span>
                  E-mails are verified
                  <span className="muted">
                    {' '}
                    — for a provider that does not say so itself. Whoever can choose their e-mail there could
                    enter as somebody else.
                  </span>
                </span>
              </label>
            </div>
          </details>
        </div>
      </Card>
      <Card
        title="Roles"
        description="Groups are read at each sign-in: who has lost a group has lost its role. Roles that you gave by hand under Members stay."
      >
        <div className="stack">
          <GroupRoles groups={groups} onChange={setGroups} />
          <Field name="defaultRole" label="People in none of these groups">
            <Select defaultValue={provider.defaultRole}>
              <option value="none">May not sign in</option>
              <option value="member">Are members</option>
            </Select>
          </Field>
          <label className={styles.tick}>
            <input type="checkbox" name="ownersByGroup" defaultChecked={provider.ownersByGroup} />
            <span>
              Groups may make owners
              <span className="muted">
                {' '}
                — whoever manages the groups at your provider then decides who owns {org}.
              </span>
            </span>
          </label>
          <FormActions>
            <Submit>Save settings</Submit>
          </FormActions>
        </div>
      </Card>
    </Form>
  );
}
