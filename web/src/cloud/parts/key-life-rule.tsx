import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Card } from '../../ui/card';
import { Field, Input } from '../../ui/field';
import { Form, FormActions, type FormValues } from '../../ui/form';
import { answer, api } from '../api/client';
import { forForm } from '../api/problem';
import { keys, rulesQuery } from '../api/queries';
import { useWhyNot } from '../rights';
import { useOrganization } from '../session';
import { Submit } from './submit';

/** How long keys of the organization may be good. */
export function KeyLifeRule() {
  const organization = useOrganization();
  const org = organization.name;
  const rules = useQuery(rulesQuery(org)).data;
  const client = useQueryClient();
  const whyNot = useWhyNot();
  const [saved, setSaved] = useState(false);
  if (rules === undefined) return null;
  const reason =
    organization.closed ?? whyNot('sso.update', 'change how long keys are good; only owners may');

  async function save({ maxKeyDays = '' }: FormValues) {
    const now = await forForm(
      answer(
        api.PUT('/organizations/{org}/rules', {
          params: { path: { org } },
          body: {
            ...rules,
            secondFactorRequired: rules?.secondFactorRequired ?? false,
            maxKeyDays: Number(maxKeyDays),
          },
        }),
      ),
    );
    client.setQueryData(keys.rules(org), now);
    setSaved(true);
    await client.invalidateQueries({ queryKey: keys.me }); // the forms that make keys tell it
  }

  return (
    <Card
      title="Life of keys"
      description="How long API keys of people and of service accounts, and access keys of clusters, may be good. It counts for keys that are made or renewed from now on. Keys that exist stay as they are, until their own end."
    >
      <Form
        key={rules.maxKeyDays}
        className="stack"
        onChange={() => setSaved(false)}
        validate={({ maxKeyDays: days = '' }): Record<string, string> =>
          days.trim() === '' || (/^\d+$/.test(days.trim()) && Number(days) >= 1 && Number(days) <= 365)
            ? {}
            : { maxKeyDays: 'must be a number of days up to 365, or empty' }
        }
        onSubmit={save}
      >
        <Field
          name="maxKeyDays"
          label="Days at most"
          hint="Empty: up to a year, as each key asks for."
          optional
        >
          <Input
            inputMode="numeric"
            autoComplete="off"
            defaultValue={rules.maxKeyDays ?? ''}
            disabled={reason !== undefined}
          />
        </Field>
        <FormActions>
          <span role="status" className="muted">
            {saved ? 'Saved.' : ''}
          </span>
          <Submit disabledReason={reason}>Save</Submit>
        </FormActions>
      </Form>
    </Card>
  );
}
