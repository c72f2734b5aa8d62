import { useQueryClient } from '@tanstack/react-query';
import { Undo2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Link } from 'react-router';
import { IconButton } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { type Column, Table } from '../../ui/table';
import { useToast } from '../../ui/toast';
import { commands } from '../client/commands';
import type { Grant, Kind } from '../client/types';
import { paths } from '../paths';
import { needs } from '../rights';
import { accessText, grantKey, grantText, kinds } from '../shared';
import { useRights } from './require-access';
import { SubjectName, useNames } from './subjects';

interface GrantTableProps {
  label: string;
  grants: readonly Grant[];
  /** Which columns say something new here. */
  show: readonly ('who' | 'what')[];
  empty: ReactNode;
}

/** What was shared with whom, and the way to take it back. */
export function GrantTable({ label, grants, show, empty }: GrantTableProps) {
  const [leaving, setLeaving] = useState<Grant>();
  const whyNot = useRights().lacks(needs.access);
  const nameOf = useNames();
  const columns: (Column<Grant> & { show?: 'who' | 'what' })[] = [
    { key: 'who', title: 'Who', show: 'who', render: ({ subject }) => <SubjectName subject={subject} /> },
    {
      key: 'may',
      title: 'May',
      render: ({ target, access }) => accessText(target.type, access),
    },
    { key: 'what', title: 'What', show: 'what', render: ({ target }) => <Target {...target} /> },
    {
      key: 'take',
      title: <span className="visually-hidden">Actions</span>,
      align: 'end',
      width: '56px',
      render: (grant) => (
        <IconButton
          size="small"
          label={`Take back from ${nameOf(grant.subject)}: ${grantText(grant)}`}
          disabledReason={whyNot}
          onClick={() => setLeaving(grant)}
        >
          <Undo2 aria-hidden />
        </IconButton>
      ),
    },
  ];
  return (
    <>
      <Table
        label={label}
        columns={columns.filter((column) => column.show === undefined || show.includes(column.show))}
        rows={grants}
        rowKey={grantKey}
        empty={empty}
      />
      {leaving && (
        <TakeBack grant={leaving} who={nameOf(leaving.subject)} onClose={() => setLeaving(undefined)} />
      )}
    </>
  );
}

/** A thing that is shared, with the way to its page. */
export function Target({ type, id }: { type: Kind; id: string }) {
  if (type === 'WORKFLOW_DEF') {
    return (
      <>
        Workflow <Link to={paths.definition(id)}>{id}</Link>
      </>
    );
  }
  if (type === 'TASK_DEF') {
    return (
      <>
        Task type <Link to={paths.taskDefinition(id)}>{id}</Link>
      </>
    );
  }
  return (
    <>
      {kinds[type].title} <code>{id}</code>
    </>
  );
}

function TakeBack({ grant, who, onClose }: { grant: Grant; who: string; onClose: () => void }) {
  const client = useQueryClient();
  const toast = useToast();
  return (
    <ConfirmDialog
      open
      danger
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`Take back from ${who}?`}
      confirm="Take back"
      onConfirm={async () => {
        await commands.revoke(grant);
        await client.invalidateQueries({ queryKey: ['access'] });
        toast({ kind: 'success', title: `Taken back from ${who}` });
      }}
    >
      From the next call on, {who} may not {grantText(grant)} by this any more. What is allowed by a role, or
      was shared in another way, stays.
    </ConfirmDialog>
  );
}
