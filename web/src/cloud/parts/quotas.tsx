import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Gauge, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Loaded } from '../../console/loaded';
import { Button, IconButton } from '../../ui/button';
import { Card } from '../../ui/card';
import { Dialog } from '../../ui/dialog';
import { Field, Input, Select } from '../../ui/field';
import { Form, FormActions, type FormValues } from '../../ui/form';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { StatusBadge } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { useToast } from '../../ui/toast';
import { answer, api, type Metric, type Quota } from '../api/client';
import { forForm } from '../api/problem';
import { clustersQuery, keys, quotasQuery } from '../api/queries';
import { useOrganization } from '../session';
import { amount } from '../usage-series';
import { Submit } from './submit';

const metrics: Record<Metric, string> = {
  executions: 'Executions a month',
  tasks: 'Tasks a month',
  storage: 'Storage',
};

const rights = 'Only owners, administrators and those who look after billing change limits.';

/** The limits of an organization, and what of them is used. */
export function Quotas({ org }: { org: string }) {
  const quotas = useQuery(quotasQuery(org));
  const role = useOrganization().role;
  const disabledReason = ['owner', 'admin', 'billing'].includes(role) ? undefined : rights;
  const [adding, setAdding] = useState(false);
  const save = useSave(org);
  const toast = useToast();

  async function remove(all: Quota[], quota: Quota) {
    try {
      await save(all.filter((one) => one !== quota));
    } catch (error) {
      toast({ kind: 'failed', title: error instanceof Error ? error.message : 'It could not be removed.' });
    }
  }

  return (
    <Card
      title="Limits"
      description="Past a soft limit you are warned here. Past a hard one, clusters refuse new executions; what runs goes on."
      flush
      actions={
        <Button
          size="small"
          icon={<Plus aria-hidden />}
          disabledReason={disabledReason}
          onClick={() => setAdding(true)}
        >
          Add limit
        </Button>
      }
    >
      <Loaded query={quotas} what="limits" skeleton={<Skeleton height={120} />}>
        {(all) => (
          <>
            <Table
              label="Limits"
              columns={columnsFor(disabledReason, (quota) => void remove(all, quota))}
              rows={all}
              rowKey={({ cluster = '', metric }) => `${cluster}/${metric}`}
              empty={
                <EmptyState icon={<Gauge aria-hidden />} title="No limits">
                  Clusters use as much as they need.
                </EmptyState>
              }
            />
            <AddLimit org={org} all={all} open={adding} onOpenChange={setAdding} />
          </>
        )}
      </Loaded>
    </Card>
  );
}

function columnsFor(disabledReason: string | undefined, onRemove: (quota: Quota) => void): Column<Quota>[] {
  return [
    { key: 'what', title: 'What', render: ({ metric }) => metrics[metric] },
    { key: 'where', title: 'Of', render: ({ cluster }) => cluster ?? 'all clusters' },
    { key: 'used', title: 'Used', align: 'end', render: ({ metric, used }) => amount(metric, used) },
    {
      key: 'soft',
      title: 'Soft limit',
      align: 'end',
      secondary: true,
      render: ({ metric, soft }) => (soft === undefined ? '' : amount(metric, soft)),
    },
    {
      key: 'hard',
      title: 'Hard limit',
      align: 'end',
      render: ({ metric, hard }) => (hard === undefined ? '' : amount(metric, hard)),
    },
    { key: 'state', title: 'State', render: (quota) => <State quota={quota} /> },
    {
      key: 'remove',
      title: 'Remove',
      align: 'end',
      width: '88px',
      render: (quota) => (
        <IconButton
          label={`Remove the limit of ${metrics[quota.metric].toLowerCase()}`}
          disabledReason={disabledReason}
          onClick={() => onRemove(quota)}
        >
          <Trash2 aria-hidden />
        </IconButton>
      ),
    },
  ];
}

function State({ quota: { used, soft, hard } }: { quota: Quota }) {
  if (hard !== undefined && used >= hard) return <StatusBadge kind="failed">Starts are refused</StatusBadge>;
  if (soft !== undefined && used >= soft)
    return <StatusBadge kind="warning">Over the soft limit</StatusBadge>;
  return <StatusBadge kind="success">Enough is left</StatusBadge>;
}

function useSave(org: string) {
  const client = useQueryClient();
  return async (quotas: Quota[]) => {
    const saved = await answer(
      api.PUT('/organizations/{org}/quotas', {
        params: { path: { org } },
        body: { quotas: quotas.map(({ used: _, ...quota }) => quota) },
      }),
    );
    client.setQueryData(keys.quotas(org), saved);
  };
}

interface AddLimitProps {
  org: string;
  all: Quota[];
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

function AddLimit({ org, all, open, onOpenChange }: AddLimitProps) {
  const clusters = useQuery(clustersQuery(org)).data ?? [];
  const [metric, setMetric] = useState<Metric>('executions');
  const save = useSave(org);
  const unit = metric === 'storage' ? 'In GiB' : 'By calendar month (UTC)';

  async function add({ cluster = '', soft = '', hard = '' }: FormValues) {
    const factor = metric === 'storage' ? 1024 ** 3 : 1;
    const value = (text: string) => (text.trim() === '' ? undefined : Math.round(Number(text) * factor));
    const quota: Quota = {
      ...(cluster !== '' && { cluster }),
      metric,
      soft: value(soft),
      hard: value(hard),
      used: 0,
    };
    const others = all.filter((one) => one.metric !== metric || (one.cluster ?? '') !== cluster);
    await forForm(save([...others, quota]));
    onOpenChange(false);
  }

  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Add a limit"
      description="A limit of the same kind is replaced."
    >
      <Form className="stack" validate={wrong} onSubmit={add}>
        <Field name="metric" label="What">
          <Select value={metric} onChange={(event) => setMetric(event.target.value as Metric)}>
            {Object.entries(metrics).map(([value, title]) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
          </Select>
        </Field>
        <Field name="cluster" label="Of">
          <Select defaultValue="">
            <option value="">All clusters together</option>
            {clusters.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </Select>
        </Field>
        <Field name="soft" label="Soft limit" optional hint={`${unit}; you are warned past it`}>
          <Input inputMode="decimal" autoComplete="off" />
        </Field>
        <Field name="hard" label="Hard limit" optional hint={`${unit}; new executions are refused past it`}>
          <Input inputMode="decimal" autoComplete="off" />
        </Field>
        <FormActions>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Submit>Add limit</Submit>
        </FormActions>
      </Form>
    </Dialog>
  );
}

function wrong({ soft = '', hard = '' }: FormValues): Record<string, string> {
  const bad = (text: string) => text.trim() !== '' && !(Number(text) > 0);
  if (bad(soft)) return { soft: 'must be a number above 0' };
  if (bad(hard)) return { hard: 'must be a number above 0' };
  if (soft.trim() === '' && hard.trim() === '') return { hard: 'is missing: give a soft or a hard limit' };
  if (soft.trim() !== '' && hard.trim() !== '' && Number(soft) > Number(hard))
    return { soft: 'must not be above the hard limit' };
  return {};
}
