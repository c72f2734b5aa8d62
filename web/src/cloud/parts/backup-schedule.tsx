import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Card } from '../../ui/card';
import { Field, Input, Select } from '../../ui/field';
import { Form, FormActions, type FormValues } from '../../ui/form';
import { answer, api, type Cluster } from '../api/client';
import { forForm } from '../api/problem';
import { keys } from '../api/queries';
import { Submit } from './submit';

const choices: [hours: number, text: string][] = [
  [0, 'Never'],
  [1, 'Every hour'],
  [6, 'Every 6 hours'],
  [24, 'Every day'],
  [168, 'Every week'],
];

/** How often backups are made by themselves, and how many of those are kept. */
export function BackupSchedule({ cluster, mayChange }: { cluster: Cluster; mayChange: boolean }) {
  const client = useQueryClient();
  const {
    organization: org,
    name,
    protected: isProtected = false,
    backupKeep = 7,
    backupKeepDays = 0,
  } = cluster;
  const every = cluster.backupEveryHours ?? 0;
  const [saved, setSaved] = useState(false);

  async function save({ backupEveryHours = '0', backupKeep = '7', backupKeepDays = '' }: FormValues) {
    const changed = await forForm(
      answer(
        api.PUT('/organizations/{org}/clusters/{cluster}/settings', {
          params: { path: { org, cluster: name } },
          body: {
            protected: isProtected,
            backupEveryHours: Number(backupEveryHours),
            backupKeep: Number(backupKeep),
            backupKeepDays: Number(backupKeepDays),
          },
        }),
      ),
    );
    client.setQueryData<Cluster>(keys.cluster(org, name), changed);
    setSaved(true);
  }

  return (
    <Card
      title="Schedule"
      description="Backups that are made by themselves. When there are more than are kept, or one is too old, the oldest one goes; the newest one and those made by hand stay."
    >
      <Form
        key={`${every} ${backupKeep} ${backupKeepDays}`}
        className="stack"
        onChange={() => setSaved(false)}
        validate={({ backupKeep: keep = '', backupKeepDays: days = '' }): Record<string, string> => ({
          ...(/^\d+$/.test(keep) && Number(keep) >= 1 && Number(keep) <= 1000
            ? {}
            : { backupKeep: 'must be 1 to 1000' }),
          ...(/^\d*$/.test(days) && Number(days) <= 3650
            ? {}
            : { backupKeepDays: 'must be a number of days up to 3650, or empty' }),
        })}
        onSubmit={save}
      >
        <Field name="backupEveryHours" label="Back up">
          <Select defaultValue={every} disabled={!mayChange}>
            {choices.every(([hours]) => hours !== every) && (
              <option value={every}>Every {every} hours</option>
            )}
            {choices.map(([hours, text]) => (
              <option key={hours} value={hours}>
                {text}
              </option>
            ))}
          </Select>
        </Field>
        <Field name="backupKeep" label="Kept backups" hint="Of those that the schedule makes.">
          <Input inputMode="numeric" defaultValue={backupKeep} disabled={!mayChange} />
        </Field>
        <Field
          name="backupKeepDays"
          label="Kept for days"
          hint="Of those that the schedule makes. Empty: however old they are."
        >
          <Input
            inputMode="numeric"
            defaultValue={backupKeepDays === 0 ? '' : backupKeepDays}
            disabled={!mayChange}
          />
        </Field>
        <FormActions>
          <span role="status" className="muted">
            {saved ? 'Saved.' : ''}
          </span>
          <Submit disabledReason={mayChange ? undefined : 'Your role does not let you change this cluster.'}>
            Save
          </Submit>
        </FormActions>
      </Form>
    </Card>
  );
}
