import { useInfiniteQuery } from '@tanstack/react-query';
import { Download, ScrollText, SearchX, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { useAddressState } from '../../console/address';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Input, Select } from '../../ui/field';
import { Page } from '../../ui/layout';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { StatusBadge } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { RelativeTime } from '../../ui/time';
import { useToast } from '../../ui/toast';
import { type AuditEntry, answer, api } from '../api/client';
import { type AuditFilter, auditQuery } from '../api/queries';
import { AuditEntryDialog } from '../parts/audit-entry';
import { AuditVerification } from '../parts/audit-verification';
import { useOrganization } from '../session';
import styles from './audit.module.css';

/** Kinds of things that entries are about, as their actions begin. */
const kinds: Record<string, string> = {
  account: 'Accounts',
  accesskey: 'Access keys',
  audit: 'Audit log',
  cluster: 'Clusters',
  console: 'Cluster consoles',
  domain: 'E-mail domains',
  identityprovider: 'Identity providers',
  invitation: 'Invitations',
  member: 'Members',
  operation: 'Operations',
  organization: 'Organization',
  session: 'Sign-ins',
  sso: 'Single sign-on',
};

/** Who changed what in the organization, and who was refused what. */
export function Audit() {
  const { name: org } = useOrganization();
  const [verifying, setVerifying] = useState(false);
  return (
    <Page
      title="Audit log"
      description="Who changed what, and who was refused what. Nobody can change or delete an entry without its showing."
      actions={
        <>
          <Button icon={<ShieldCheck aria-hidden />} onClick={() => setVerifying(true)}>
            Verify
          </Button>
          <Export org={org} />
        </>
      }
    >
      <Card flush>
        <Log org={org} />
      </Card>
      <AuditVerification org={org} open={verifying} onOpenChange={setVerifying} />
    </Page>
  );
}

/** Fetched rather than linked to: the call may ask for a fresh sign-in first. */
function Export({ org }: { org: string }) {
  const toast = useToast();
  const [pending, setPending] = useState(false);
  async function take() {
    setPending(true);
    try {
      const file = await answer(
        api.GET('/organizations/{org}/audit/export', { params: { path: { org } }, parseAs: 'blob' }),
      );
      const link = document.createElement('a');
      link.href = URL.createObjectURL(file as unknown as Blob);
      link.download = `audit-${org}.jsonl`;
      link.click();
      URL.revokeObjectURL(link.href);
    } catch (error) {
      toast({ kind: 'failed', title: 'The log was not exported', detail: (error as Error).message });
    }
    setPending(false);
  }
  return (
    <Button icon={<Download aria-hidden />} pending={pending} onClick={() => void take()}>
      Export
    </Button>
  );
}

function Log({ org }: { org: string }) {
  const [text, setText] = useAddressState('text');
  const [actor, setActor] = useAddressState('actor');
  const [action, setAction] = useAddressState('action');
  const [outcome, setOutcome] = useAddressState('outcome');
  const [from, setFrom] = useAddressState('from');
  const [to, setTo] = useAddressState('to');
  const filter: AuditFilter = { text: text.trim(), actor: actor.trim(), action, outcome, from, to };
  return (
    <>
      <search className={styles.filters}>
        <Input
          type="search"
          placeholder="Find by any word"
          aria-label="Find entries"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Input
          type="search"
          placeholder="Who"
          aria-label="Who did it"
          value={actor}
          onChange={(event) => setActor(event.target.value)}
        />
        <Select aria-label="About" value={action} onChange={(event) => setAction(event.target.value)}>
          <option value="">Everything</option>
          {Object.entries(kinds).map(([value, word]) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
        </Select>
        <Select aria-label="Outcome" value={outcome} onChange={(event) => setOutcome(event.target.value)}>
          <option value="">All outcomes</option>
          <option value="done">Done</option>
          <option value="refused">Refused</option>
        </Select>
        <Input
          type="date"
          aria-label="From day"
          value={from}
          onChange={(event) => setFrom(event.target.value)}
        />
        <Input type="date" aria-label="To day" value={to} onChange={(event) => setTo(event.target.value)} />
      </search>
      <Entries org={org} filter={filter} />
    </>
  );
}

function Entries({ org, filter }: { org: string; filter: AuditFilter }) {
  const log = useInfiniteQuery(auditQuery(org, filter));
  const [shown, setShown] = useState<AuditEntry>();
  const narrowed = Object.values(filter).some((part) => part !== '');
  return (
    <Loaded query={log} what="audit log" skeleton={<Skeleton height={320} />}>
      {({ pages }) => (
        <>
          <Table
            label="Audit log"
            columns={columnsFor(setShown)}
            rows={pages.flatMap(({ entries }) => entries)}
            rowKey={({ id }) => id}
            onOpen={setShown}
            empty={narrowed ? <NoMatch /> : <Nothing />}
          />
          {log.hasNextPage && (
            <div className={styles.more}>
              <Button pending={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
                Show older entries
              </Button>
            </div>
          )}
          <AuditEntryDialog entry={shown} onClose={() => setShown(undefined)} />
        </>
      )}
    </Loaded>
  );
}

function columnsFor(onShow: (entry: AuditEntry) => void): Column<AuditEntry>[] {
  return [
    {
      key: 'what',
      title: 'What',
      render: (entry) => (
        <div className={styles.what}>
          <button type="button" className={styles.open} onClick={() => onShow(entry)}>
            {entry.action}
          </button>
          <span className="muted">{entry.target}</span>
        </div>
      ),
    },
    {
      key: 'outcome',
      title: 'Outcome',
      width: '112px',
      render: ({ outcome }) =>
        outcome === 'refused' ? (
          <StatusBadge kind="failed">Refused</StatusBadge>
        ) : (
          <StatusBadge kind="success">Done</StatusBadge>
        ),
    },
    { key: 'who', title: 'Who', secondary: true, render: ({ actor }) => actor ?? 'Podium' },
    { key: 'from', title: 'From', width: '140px', secondary: true, render: ({ address }) => address ?? '' },
    {
      key: 'when',
      title: 'When',
      align: 'end',
      width: '120px',
      render: ({ at }) => <RelativeTime at={at} />,
    },
  ];
}

function NoMatch() {
  return (
    <EmptyState
      icon={<SearchX size={32} aria-hidden />}
      title="No entry matches"
      action={
        <Button asChild>
          <Link to="?">Show all</Link>
        </Button>
      }
    >
      Change the words or the days to see others.
    </EmptyState>
  );
}

function Nothing() {
  return (
    <EmptyState icon={<ScrollText size={32} aria-hidden />} title="Nothing has happened yet">
      Every change of the organization, and every refusal, is written here.
    </EmptyState>
  );
}
