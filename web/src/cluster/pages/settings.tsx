import { useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound, Pencil, Plus, Share2, Trash2, Variable as VariableIcon } from 'lucide-react';
import { useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { Button, IconButton } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { CopyButton } from '../../ui/copy';
import { Field, Input, PasswordInput, Textarea } from '../../ui/field';
import { FormRefused } from '../../ui/form';
import { Page } from '../../ui/layout';
import { EmptyState } from '../../ui/placeholder';
import type { Column } from '../../ui/table';
import { Tabs } from '../../ui/tabs';
import { useToast } from '../../ui/toast';
import { commands } from '../client/commands';
import { environmentQuery, secretsQuery } from '../client/queries';
import type { Variable } from '../client/types';
import { Catalog, NameCell } from '../parts/catalog';
import { useInfo, useRights } from '../parts/require-access';
import { ShareDialog } from '../parts/share-dialog';
import { paths, type SettingsTab, settingsTabs } from '../paths';
import type { Obstacle } from '../possible';
import { needs } from '../rights';
import styles from './settings.module.css';

/** What is being asked: to write a value (of nothing yet, or of what is there), or to delete it. */
type Asked = { write: { name: string; value: string } | undefined } | { delete: string };

/** Names that definitions refer to: secrets, whose values nobody reads, and variables of the environment. */
export function Settings() {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const rights = useRights();
  const [asked, setAsked] = useState<Asked>();
  const tab = settingsTabs.find((each) => pathname === paths.settings(each)) ?? 'secrets';
  return (
    <Page
      title="Secrets & environment"
      description="Values that definitions refer to by name instead of holding them."
      actions={
        <Button
          kind="primary"
          icon={<Plus aria-hidden />}
          disabledReason={rights.lacks(tab === 'secrets' ? needs.newSecret : needs.variables)}
          onClick={() => setAsked({ write: undefined })}
        >
          {words[tab].add}
        </Button>
      }
    >
      <Tabs
        label="Kinds of values"
        value={tab}
        onChange={(next) => void navigate(paths.settings(next as SettingsTab), { replace: true })}
        tabs={[
          { value: 'secrets', label: 'Secrets', content: <Secrets onAsk={setAsked} /> },
          { value: 'environment', label: 'Environment', content: <Environment onAsk={setAsked} /> },
        ].filter(({ value }) => rights.maySome(value === 'secrets' ? 'secret:list' : 'variable:read'))}
      />
      {asked && 'write' in asked && (
        <Write tab={tab} present={asked.write} onClose={() => setAsked(undefined)} />
      )}
      {asked && 'delete' in asked && (
        <Delete tab={tab} name={asked.delete} onClose={() => setAsked(undefined)} />
      )}
    </Page>
  );
}

const words: Record<SettingsTab, { one: string; add: string; refer: (name: string) => string }> = {
  secrets: {
    one: 'secret',
    add: 'New secret',
    refer: (name) => `\${workflow.secrets.${name}}`,
  },
  environment: {
    one: 'variable',
    add: 'New variable',
    refer: (name) => `\${workflow.env.${name}}`,
  },
};

interface TabProps {
  onAsk: (asked: Asked) => void;
}

function Secrets({ onAsk }: TabProps) {
  const rights = useRights();
  const [sharing, setSharing] = useState<string>();
  const shared = useInfo().auth === 'keys' && rights.may('access:write');
  const columns: Column<string>[] = [
    { key: 'name', title: 'Name', render: (name) => <NameCell name={name} /> },
    {
      key: 'reference',
      title: 'In definitions',
      secondary: true,
      render: (name) => <Reference text={words.secrets.refer(name)} />,
    },
    {
      key: 'actions',
      title: <span className="visually-hidden">Actions</span>,
      width: '132px',
      align: 'end',
      render: (name) => (
        <RowActions
          name={name}
          value=""
          onAsk={onAsk}
          change={rights.lacks(needs.editSecret(name))}
          remove={rights.lacks(needs.deleteSecret(name))}
          {...(shared && { onShare: () => setSharing(name) })}
        />
      ),
    },
  ];
  return (
    <div className="stack">
      <Catalog
        one="secret"
        many="secrets"
        query={useQuery(secretsQuery)}
        nameOf={(name) => name}
        columns={columns}
        empty={
          <EmptyState
            icon={<KeyRound size={32} aria-hidden />}
            title="No secrets yet"
            action={
              <Button
                kind="primary"
                disabledReason={rights.lacks(needs.newSecret)}
                onClick={() => onAsk({ write: undefined })}
              >
                New secret
              </Button>
            }
          >
            A secret is filled in where a task is worked on. It stands in no definition, no execution and no
            log, and it cannot be read here.
          </EmptyState>
        }
      />
      {sharing !== undefined && (
        <ShareDialog target={{ type: 'SECRET_NAME', id: sharing }} onClose={() => setSharing(undefined)} />
      )}
    </div>
  );
}

function Environment({ onAsk }: TabProps) {
  const rights = useRights();
  const columns: Column<Variable>[] = [
    { key: 'name', title: 'Name', width: '260px', render: ({ name }) => <NameCell name={name} /> },
    { key: 'value', title: 'Value', render: ({ value }) => <code className={styles.value}>{value}</code> },
    {
      key: 'reference',
      title: 'In definitions',
      width: '280px',
      secondary: true,
      render: ({ name }) => <Reference text={words.environment.refer(name)} />,
    },
    {
      key: 'actions',
      title: <span className="visually-hidden">Actions</span>,
      width: '96px',
      align: 'end',
      render: ({ name, value }) => (
        <RowActions
          name={name}
          value={value}
          onAsk={onAsk}
          change={rights.lacks(needs.variables)}
          remove={rights.lacks(needs.variables)}
        />
      ),
    },
  ];
  return (
    <div className="stack">
      <Catalog
        one="variable"
        many="variables"
        query={useQuery(environmentQuery)}
        nameOf={({ name }) => name}
        textOf={({ value }) => value}
        columns={columns}
        empty={
          <EmptyState
            icon={<VariableIcon size={32} aria-hidden />}
            title="No variables yet"
            action={
              <Button
                kind="primary"
                disabledReason={rights.lacks(needs.variables)}
                onClick={() => onAsk({ write: undefined })}
              >
                New variable
              </Button>
            }
          >
            A variable holds what differs from cluster to cluster, such as the address of a service, so that
            definitions need not.
          </EmptyState>
        }
      />
    </div>
  );
}

function Reference({ text }: { text: string }) {
  return (
    <span className={styles.reference}>
      <code>{text}</code>
      <CopyButton text={text} what="reference" />
    </span>
  );
}

interface RowActionsProps extends TabProps {
  name: string;
  value: string;
  /** Why it cannot be changed, and why not deleted. */
  change: Obstacle;
  remove: Obstacle;
  /** Absent where nothing is shared. */
  onShare?: () => void;
}

function RowActions({ name, value, onAsk, change, remove, onShare }: RowActionsProps) {
  return (
    <span className={styles.actions}>
      {onShare && (
        <IconButton size="small" label={`Share ${name}`} onClick={onShare}>
          <Share2 aria-hidden />
        </IconButton>
      )}
      <IconButton
        size="small"
        label={`Change ${name}`}
        disabledReason={change}
        onClick={() => onAsk({ write: { name, value } })}
      >
        <Pencil aria-hidden />
      </IconButton>
      <IconButton
        size="small"
        label={`Delete ${name}`}
        disabledReason={remove}
        onClick={() => onAsk({ delete: name })}
      >
        <Trash2 aria-hidden />
      </IconButton>
    </span>
  );
}

interface DialogProps {
  tab: SettingsTab;
  onClose: () => void;
}

function Write({
  tab,
  present,
  onClose,
}: DialogProps & { present: { name: string; value: string } | undefined }) {
  const client = useQueryClient();
  const toast = useToast();
  const { one, add } = words[tab];
  const secrets = tab === 'secrets';
  const secretNames = useQuery({ ...secretsQuery, enabled: secrets });
  const variables = useQuery({ ...environmentQuery, enabled: !secrets });
  const taken = secrets ? (secretNames.data ?? []) : (variables.data ?? []).map(({ name }) => name);
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={present ? `Change ${present.name}` : add}
      confirm="Save"
      fields={
        <>
          {!present && (
            <Field name="name" label="Name" hint="Letters, digits, _ and -.">
              <Input autoComplete="off" autoCapitalize="off" spellCheck={false} />
            </Field>
          )}
          <Field name="value" label={present && secrets ? 'New value' : 'Value'}>
            {secrets ? (
              <PasswordInput autoComplete="new-password" />
            ) : (
              <Textarea code rows={3} defaultValue={present?.value} />
            )}
          </Field>
        </>
      }
      onConfirm={async ({ name = present?.name ?? '', value = '' }) => {
        const fields: Record<string, string> = {};
        if (!/^[\w-]+$/.test(name)) fields.name = 'Enter letters, digits, _ and -.';
        else if (!present && taken.includes(name)) fields.name = 'is taken; change that one instead';
        if (secrets && value === '') fields.value = 'Enter the value.';
        if (Object.keys(fields).length > 0) throw new FormRefused({ fields });
        await (secrets ? commands.putSecret(name, value) : commands.putVariable(name, value));
        toast({ kind: 'success', title: `The ${one} ${name} is saved` });
        await client.invalidateQueries({ queryKey: [tab] });
      }}
    >
      {secrets
        ? 'The value can be used and written anew, but not read again.'
        : 'Everyone who may read executions may see it: what must not be seen belongs into a secret.'}
    </ConfirmDialog>
  );
}

function Delete({ tab, name, onClose }: DialogProps & { name: string }) {
  const client = useQueryClient();
  const toast = useToast();
  const { one } = words[tab];
  return (
    <ConfirmDialog
      open
      danger
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`Delete the ${one} ${name}?`}
      confirm="Delete"
      {...(tab === 'secrets' && { typed: name })}
      onConfirm={async () => {
        await (tab === 'secrets' ? commands.deleteSecret(name) : commands.deleteVariable(name));
        toast({ kind: 'success', title: `The ${one} ${name} is deleted` });
        await client.invalidateQueries({ queryKey: [tab] });
      }}
    >
      Tasks that refer to it find nothing under its name from now on.
    </ConfirmDialog>
  );
}
