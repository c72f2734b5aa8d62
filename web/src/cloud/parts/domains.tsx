import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Globe, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Loaded } from '../../console/loaded';
import { Button, IconButton } from '../../ui/button';
import { Card } from '../../ui/card';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { CopyField } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';
import { Field, Input } from '../../ui/field';
import { Form, FormActions, type FormValues } from '../../ui/form';
import { EmptyState, Notice, Skeleton } from '../../ui/placeholder';
import { StatusBadge } from '../../ui/status';
import { answer, api, type Domain } from '../api/client';
import { forForm } from '../api/problem';
import { domainsQuery, keys } from '../api/queries';
import styles from './domains.module.css';
import { Submit } from './submit';

/** E-mail domains of the organization: whose people are led to its provider. */
export function Domains({ org }: { org: string }) {
  const list = useQuery(domainsQuery(org));
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<Domain>();
  const add = (
    <Button icon={<Plus aria-hidden />} onClick={() => setAdding(true)}>
      Add domain
    </Button>
  );
  return (
    <>
      <Card
        title="Domains"
        description="The domain of a work e-mail leads to your provider. You prove that it is yours with a DNS record."
        actions={(list.data?.length ?? 0) > 0 && add}
      >
        <Loaded query={list} what="domains" skeleton={<Skeleton height={80} />}>
          {(data) =>
            data.length === 0 ? (
              <EmptyState icon={<Globe size={32} aria-hidden />} title="No domain yet" action={add}>
                Add the part of your people’s e-mail after the @.
              </EmptyState>
            ) : (
              <ul className={styles.list} aria-label="Domains">
                {data.map((domain) => (
                  <DomainItem
                    key={domain.name}
                    org={org}
                    domain={domain}
                    onRemove={() => setLeaving(domain)}
                  />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Card>
      <AddDomain org={org} open={adding} onOpenChange={setAdding} />
      <RemoveDomain org={org} domain={leaving} onDone={() => setLeaving(undefined)} />
    </>
  );
}

function DomainItem({ org, domain, onRemove }: { org: string; domain: Domain; onRemove: () => void }) {
  const client = useQueryClient();
  const [looking, setLooking] = useState(false);
  const [problem, setProblem] = useState<string>();

  async function prove() {
    setLooking(true);
    setProblem(undefined);
    try {
      await answer(
        api.POST('/organizations/{org}/domains/{domain}/proof', {
          params: { path: { org, domain: domain.name } },
        }),
      );
      await client.invalidateQueries({ queryKey: keys.organization(org) });
    } catch (error) {
      setProblem((error as Error).message);
    }
    setLooking(false);
  }

  return (
    <li className={styles.domain}>
      <div className={styles.head}>
        <strong>{domain.name}</strong>
        <StatusBadge kind={domain.proven ? 'success' : 'waiting'}>
          {domain.proven ? 'Proven' : 'Not proven yet'}
        </StatusBadge>
        <span className={styles.tools}>
          <IconButton size="small" label={`Remove ${domain.name}`} onClick={onRemove}>
            <Trash2 aria-hidden />
          </IconButton>
        </span>
      </div>
      {!domain.proven && (
        <>
          <p>
            At whoever hosts the DNS of {domain.name}, make this TXT record. Leave it there: it is looked at
            again from time to time.
          </p>
          <dl className={styles.record}>
            <div>
              <dt>Name</dt>
              <dd>
                <CopyField text={domain.recordName} what="name of the record" />
              </dd>
            </div>
            <div>
              <dt>Text</dt>
              <dd>
                <CopyField text={domain.recordValue} what="text of the record" />
              </dd>
            </div>
          </dl>
          {problem !== undefined && <Notice kind="warning">{problem}</Notice>}
          <div>
            <Button pending={looking} onClick={() => void prove()}>
              Look for the record
            </Button>
          </div>
        </>
      )}
    </li>
  );
}

function AddDomain(props: { org: string; open: boolean; onOpenChange: (open: boolean) => void }) {
  const { org, open, onOpenChange } = props;
  const client = useQueryClient();

  async function add({ name = '' }: FormValues) {
    await forForm(
      answer(
        api.POST('/organizations/{org}/domains', { params: { path: { org } }, body: { name: name.trim() } }),
      ),
    );
    await client.invalidateQueries({ queryKey: keys.domains(org) });
    onOpenChange(false);
  }

  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Add domain">
      <Form
        className="stack"
        validate={({ name = '' }): Record<string, string> =>
          name.trim() === '' ? { name: 'Enter a domain, such as example.com.' } : {}
        }
        onSubmit={add}
      >
        <Field name="name" label="Domain" hint="The part of an e-mail after the @, such as example.com.">
          <Input autoComplete="off" autoCapitalize="off" spellCheck={false} />
        </Field>
        <FormActions>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Submit>Add domain</Submit>
        </FormActions>
      </Form>
    </Dialog>
  );
}

function RemoveDomain({
  org,
  domain,
  onDone,
}: {
  org: string;
  domain: Domain | undefined;
  onDone: () => void;
}) {
  const client = useQueryClient();
  return (
    <ConfirmDialog
      open={domain !== undefined}
      onOpenChange={(open) => {
        if (!open) onDone();
      }}
      title={`Remove ${domain?.name ?? ''}?`}
      confirm="Remove domain"
      danger
      onConfirm={async () => {
        if (domain === undefined) return;
        await answer(
          api.DELETE('/organizations/{org}/domains/{domain}', {
            params: { path: { org, domain: domain.name } },
          }),
        );
        await client.invalidateQueries({ queryKey: keys.organization(org) });
      }}
    >
      New people with such an e-mail cannot sign in through your provider any more. To come back, the domain
      must be proven again, with another text.
    </ConfirmDialog>
  );
}
