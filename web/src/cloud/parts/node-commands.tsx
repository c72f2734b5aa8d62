import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { ShortId } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';
import { Skeleton } from '../../ui/placeholder';
import { StatusBadge } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { RelativeTime } from '../../ui/time';
import type { Cluster, ClusterNode, Command } from '../api/client';
import { commandsQuery, nodesQuery } from '../api/queries';
import { commandStates, commandWords } from '../command-words';
import { nodeTitle } from './node-menu';

/** What was asked of the nodes of a cluster and what came of it; nothing before something was asked. */
export function NodeCommands({ cluster }: { cluster: Cluster }) {
  const commands = useQuery(commandsQuery(cluster.organization, cluster.name));
  const nodes = useQuery(nodesQuery(cluster.organization, cluster.name));
  const [shown, setShown] = useState<Command>();
  if (commands.data?.length === 0) return null;
  return (
    <Card
      flush
      title="Asked of nodes"
      description="Each node also writes down for its owner what it was asked, and what it did."
    >
      <Loaded query={commands} what="commands" skeleton={<Skeleton height={120} />}>
        {(data) => (
          <Table
            label="Asked of nodes"
            columns={columns(nodes.data ?? [], setShown)}
            rows={data}
            rowKey={({ id }) => id}
            empty={null}
          />
        )}
      </Loaded>
      <Dialog
        open={shown !== undefined}
        onOpenChange={(open) => {
          if (!open) setShown(undefined);
        }}
        title={shown === undefined ? '' : commandWords[shown.kind].title}
        description="What the node has answered."
      >
        <Table
          label="Answer"
          columns={factColumns}
          rows={shown?.facts ?? []}
          rowKey={({ name }) => name}
          empty={null}
        />
      </Dialog>
    </Card>
  );
}

const factColumns: Column<Command['facts'][number]>[] = [
  { key: 'name', title: 'What', render: ({ name }) => name },
  { key: 'value', title: 'Answer', render: ({ value }) => value },
];

function columns(nodes: ClusterNode[], onShow: (command: Command) => void): Column<Command>[] {
  const named = (id: string) => {
    const node = nodes.find((one) => one.id === id);
    return node?.name === undefined ? <ShortId id={id} /> : nodeTitle(node);
  };
  return [
    { key: 'kind', title: 'What', render: (command) => <strong>{what(command)}</strong> },
    { key: 'node', title: 'Node', secondary: true, render: ({ node }) => named(node) },
    {
      key: 'state',
      title: 'State',
      render: ({ state, reason }) => (
        <span title={reason ?? commandStates[state].means}>
          <StatusBadge kind={commandStates[state].kind}>{commandStates[state].word}</StatusBadge>
        </span>
      ),
    },
    { key: 'reason', title: 'Why', secondary: true, render: (command) => why(command) },
    { key: 'by', title: 'By', secondary: true, render: ({ askedBy }) => askedBy },
    { key: 'at', title: 'Asked', align: 'end', render: ({ askedAt }) => <RelativeTime at={askedAt} /> },
    {
      key: 'answer',
      title: <span className="visually-hidden">Answer</span>,
      align: 'end',
      render: (command) =>
        command.facts.length > 0 && (
          <Button size="small" onClick={() => onShow(command)}>
            Show<span className="visually-hidden"> answer</span>
          </Button>
        ),
    },
  ];
}

const what = ({ kind, version }: Command) =>
  version === undefined ? commandWords[kind].title : `${commandWords[kind].title} to ${version}`;

const why = ({ state, reason }: Command) => reason ?? commandStates[state].means;
