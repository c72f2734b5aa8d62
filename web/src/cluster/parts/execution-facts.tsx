import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { Execution } from '../../conductor/types';
import { workflowEnded } from '../../conductor/types';
import { ShortId } from '../../ui/copy';
import { Duration, RelativeTime } from '../../ui/time';
import { executionQuery } from '../client/queries';
import { paths } from '../paths';
import styles from './execution-facts.module.css';

/** Who the execution is, in one line. */
export function ExecutionFacts({ execution }: { execution: Execution }) {
  const { workflowId, startTime, endTime, status, correlationId, priority, parentWorkflowId } = execution;
  const undoneBy = failureWorkflowOf(execution);
  const undoes = failedWorkflowOf(execution);
  return (
    <div className={styles.facts}>
      <Fact name="Id">
        <ShortId id={workflowId} what="execution id" />
      </Fact>
      <Fact name="Started">
        <RelativeTime at={startTime} />
      </Fact>
      <Fact name={workflowEnded(status) ? 'Took' : 'Runs for'}>
        <Duration from={startTime} to={workflowEnded(status) ? endTime || execution.updateTime : undefined} />
      </Fact>
      {correlationId && (
        <Fact name="Correlation id">
          <Link to={paths.executions({ correlationId })}>{correlationId}</Link>
        </Fact>
      )}
      {parentWorkflowId && (
        <Fact name="Sub-workflow of">
          <Other id={parentWorkflowId} taskId={execution.parentWorkflowTaskId} />
        </Fact>
      )}
      {undoneBy && (
        <Fact name="Failure workflow">
          <Other id={undoneBy} />
        </Fact>
      )}
      {undoes && (
        <Fact name="After the failure of">
          <Other id={undoes} />
        </Fact>
      )}
      {(priority ?? 0) > 0 && <Fact name="Priority">{priority}</Fact>}
      {execution.createdBy && <Fact name="By">{execution.createdBy}</Fact>}
      {execution.event && <Fact name="Event">{execution.event}</Fact>}
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <span className={styles.fact}>
      <span className={styles.name}>{name}</span>
      {children}
    </span>
  );
}

/** The id of the failure workflow that an execution started; its output may hold a message instead. */
function failureWorkflowOf({ output, status }: Execution) {
  const id = output?.['conductor.failure_workflow'];
  return workflowEnded(status) && typeof id === 'string' && /^[\w-]+$/.test(id) ? id : undefined;
}

/** The id of the execution whose failure started this one. */
function failedWorkflowOf({ input }: Execution) {
  const failed = input?.failedWorkflow;
  const id = failed && typeof failed === 'object' && !Array.isArray(failed) ? failed.workflowId : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** Another execution by its name as soon as that is known, at a task of it. */
function Other({ id, taskId }: { id: string; taskId?: string | undefined }) {
  const { data } = useQuery(executionQuery(id));
  const task = data?.tasks.find((each) => each.taskId === taskId);
  return (
    <Link to={paths.execution(id, 'graph', task?.referenceTaskName)}>
      {data?.workflowName ?? id.slice(-8)}
    </Link>
  );
}
