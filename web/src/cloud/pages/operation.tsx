import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { Link, useParams } from 'react-router';
import type { Execution } from '../../conductor/types';
import { useAddressState } from '../../console/address';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { ShortId } from '../../ui/copy';
import { Page } from '../../ui/layout';
import { Notice, Skeleton } from '../../ui/placeholder';
import { StatusBadge } from '../../ui/status';
import { Duration, RelativeTime } from '../../ui/time';
import type { Operation } from '../api/client';
import { useLiveOperation } from '../api/live';
import { ApiError } from '../api/problem';
import { clusterQuery, executionQuery, operationQuery } from '../api/queries';
import { Leftovers } from '../parts/leftovers';
import { OperationVerbs } from '../parts/operation-verbs';
import { Steps } from '../parts/steps';
import { paths } from '../paths';
import { useOrganization } from '../session';
import { operationStates, operationTitle } from '../states';
import { NotFound } from './not-found';
import styles from './operation.module.css';

// The graph is the heaviest part of the console; the steps do not wait for it.
const ExecutionGraph = lazy(async () => ({ default: (await import('../../graph')).ExecutionGraph }));

/** An operation as it happens: its steps, and the workflow that carries it out. */
export function OperationPage() {
  const { name: org } = useOrganization();
  const { operation: id = '' } = useParams();
  const operation = useQuery(operationQuery(id));
  useLiveOperation(id, operation.data);
  if (operation.error instanceof ApiError && operation.error.status === 404)
    return <NotFound what="operation" />;
  if (operation.data !== undefined && operation.data.organization !== org)
    return <NotFound what="operation" />;
  const { data, error } = operation;
  const standIn = error ? 'Operation' : <Skeleton width={220} height={24} />;
  return (
    <Page
      width="wide"
      title={data === undefined ? standIn : operationTitle(data)}
      windowTitle={data === undefined ? 'Operation' : operationTitle(data)}
      badge={
        data && (
          <StatusBadge kind={operationStates[data.state].kind}>
            {operationStates[data.state].word}
          </StatusBadge>
        )
      }
      description={data === undefined ? !error && <Skeleton width={320} /> : <Facts operation={data} />}
    >
      <Loaded query={operation} what="operation" skeleton={<Skeleton height={480} />}>
        {(loaded) => <Views operation={loaded} />}
      </Loaded>
    </Page>
  );
}

function Facts({ operation }: { operation: Operation }) {
  return (
    <span className={styles.facts}>
      <span>
        Started <RelativeTime at={operation.createdAt} />
        {operation.createdBy !== undefined && ` by ${operation.createdBy}`}
      </span>
      <span>
        {operation.state === 'RUNNING' ? 'running for ' : 'took '}
        <Duration from={operation.createdAt} to={operation.endedAt} />
      </span>
      <ShortId id={operation.id} what="operation id" />
    </span>
  );
}

function Views({ operation }: { operation: Operation }) {
  const [step, setStep] = useAddressState('step');
  const choose = (name: string) => setStep(name === step ? '' : name);
  return (
    <>
      <Outcome operation={operation} />
      <OperationVerbs operation={operation} />
      <Leftovers operation={operation} />
      <div className={styles.columns}>
        <Card title="Steps" flush className={styles.steps}>
          <div className={styles.list}>
            <Steps
              steps={operation.steps}
              waiting={operation.waiting?.step}
              ended={operation.state !== 'RUNNING'}
              selected={step}
              onSelect={choose}
            />
          </div>
        </Card>
        <Card title="Workflow" flush>
          <div className={styles.graph}>
            <Workflow id={operation.id} selected={step} onSelect={(name) => setStep(name ?? '')} />
          </div>
        </Card>
      </div>
    </>
  );
}

function Workflow({
  id,
  selected,
  onSelect,
}: {
  id: string;
  selected: string;
  onSelect: (name: string | undefined) => void;
}) {
  const execution = useQuery({ ...executionQuery(id), select: (data) => data as unknown as Execution });
  return (
    <Loaded query={execution} what="workflow" skeleton={<Skeleton height="100%" />}>
      {(data) =>
        data.workflowDefinition && (
          <Suspense fallback={<Skeleton height="100%" />}>
            <ExecutionGraph
              definition={data.workflowDefinition}
              execution={data}
              selected={selected === '' ? undefined : selected}
              onSelect={onSelect}
            />
          </Suspense>
        )
      }
    </Loaded>
  );
}

/** What came of it, and where to go from here. */
function Outcome({ operation }: { operation: Operation }) {
  const { organization: org, cluster, kind, state } = operation;
  const { data: made } = useQuery({
    ...clusterQuery(org, cluster),
    enabled: kind === 'create-cluster' && state === 'SUCCEEDED',
  });
  if (state === 'RUNNING' && operation.cancelledBy !== undefined) {
    return (
      <Notice kind="running" title={`Cancelled by ${operation.cancelledBy}`}>
        What it had done is being undone.
      </Notice>
    );
  }
  if (state === 'RUNNING' && operation.waiting !== undefined) {
    const { reason, customer } = operation.waiting;
    return (
      <Notice kind={customer === undefined ? 'running' : 'warning'} title={customer?.title ?? 'Waiting'}>
        <p>{customer?.text ?? reason}</p>
        {customer?.ways?.map((way) => (
          <p key={way.name}>
            {way.url === undefined ? way.name : <a href={way.url}>{way.name}</a>}
            {way.code !== undefined && <code> {way.code}</code>}
          </p>
        ))}
      </Notice>
    );
  }
  if (state === 'CANCELLED') {
    return (
      <Notice kind="info" title="Cancelled">
        What it had done was undone.
      </Notice>
    );
  }
  const struggling = operation.steps.find((step) => step.state === 'RUNNING' && (step.attempts ?? 0) > 1);
  if (state === 'RUNNING' && struggling !== undefined) {
    return (
      <Notice kind="warning" title={`“${struggling.title}” fails and is tried again`}>
        {struggling.reason !== undefined && <p>{struggling.reason}</p>}
        <p>
          That was attempt {(struggling.attempts ?? 1) - 1}. Nothing is lost: you may mend the cause and have
          it looked at again now, or wait for the next attempt.
          {operation.verbs?.includes('cancel') === true && ' Cancelling undoes what was done so far.'}
        </p>
      </Notice>
    );
  }
  if (state === 'RUNNING') {
    return (
      <Notice kind="running">
        This goes on by itself: you may leave the page, and nothing is lost if the control plane restarts.
      </Notice>
    );
  }
  if (state === 'FAILED') {
    const { title, next } = failure(operation);
    return (
      <Notice
        kind="failed"
        title={title}
        action={
          <Button size="small" asChild>
            <Link to={paths.cluster(org, cluster)}>Go to the cluster</Link>
          </Button>
        }
      >
        <p>{reasonOf(operation)}</p>
        {operation.notUndone !== undefined && <p>On the way back: {operation.notUndone}</p>}
        <p>{next}</p>
        {operation.left !== undefined && <p>Could not be removed: {operation.left}</p>}
      </Notice>
    );
  }
  if (kind === 'delete-cluster' || kind === 'force-delete-cluster') {
    return (
      <Notice
        kind="success"
        title={`${cluster} is deleted`}
        action={
          <Button size="small" asChild>
            <Link to={paths.clusters(org)}>All clusters</Link>
          </Button>
        }
      >
        {operation.left === undefined
          ? 'All its data are gone with it.'
          : `It is forgotten here. Remove by hand what could not be removed: ${operation.left}`}
      </Notice>
    );
  }
  // Later on, when other things were done to the cluster, the page is a mere record.
  return made?.state === 'READY' && made.operation?.id === operation.id ? (
    <Notice
      kind="success"
      title={`${cluster} is ready`}
      action={
        <span className="row">
          <Button size="small" asChild>
            <Link to={paths.cluster(org, cluster)}>Go to the cluster</Link>
          </Button>
          <Button size="small" kind="primary" asChild>
            <Link to={paths.cluster(org, cluster, 'connect')}>Connect a worker</Link>
          </Button>
        </span>
      }
    >
      It took <Duration from={operation.createdAt} to={operation.endedAt} />.
    </Notice>
  ) : null;
}

/** What a failure means for the cluster, and what to do. */
function failure({ kind, notUndone }: Operation): { title: string; next: string } {
  if (notUndone !== undefined) return stuck(kind);
  switch (kind) {
    case 'create-cluster':
      return {
        title: 'The cluster was not created',
        next: 'Everything that had been made for it was taken away again.',
      };
    case 'delete-cluster':
    case 'force-delete-cluster':
      return {
        title: 'The cluster was not deleted',
        next: 'Delete it again once the cause is mended; what is gone already is skipped.',
      };
    case 'resize-cluster':
    case 'scale-cluster':
    case 'upgrade-cluster':
    case 'pause-cluster':
    case 'resume-cluster':
      return {
        title: 'The cluster was not changed',
        next: 'It went back to how it was. Try again once the cause is mended.',
      };
    default:
      return {
        title: 'The operation failed',
        next: 'Try again once the cause is mended: it begins anew, and what is done already is skipped.',
      };
  }
}

/** The same, when what was done could not be undone either. */
function stuck(kind: Operation['kind']): { title: string; next: string } {
  if (kind === 'create-cluster') {
    return {
      title: 'The cluster was not created, and not all that had been made could be taken away',
      next: 'Mend the cause, then delete the cluster: that takes away what is left.',
    };
  }
  const again = 'Some of its nodes may not run. Mend the cause, then try again';
  return {
    title: 'The cluster was not changed, and did not come back to how it was',
    next:
      kind === 'upgrade-cluster'
        ? `${again}; upgrade to another version; or restore the backup that was made before the upgrade, without what happened since.`
        : `${again}: it begins anew, and what is done already is skipped.`,
  };
}

/** Why it failed: what the failed step says is nearer to the cause than what its workflow says. */
function reasonOf({ steps, reason }: Operation): string | undefined {
  const failed = steps.find(({ state }) => state === 'FAILED');
  return failed?.reason === undefined ? reason : `${failed.title}: ${failed.reason}`;
}
