import { useQueries } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { Execution, WorkflowDef } from '../conductor/types';
import type { Contents, SubWorkflowContent, SubWorkflowRequest } from '../graph';
import { definitionQuery, executionQuery } from './client/queries';

export interface SubWorkflows {
  contents: Contents;
  onWanted: (requests: readonly SubWorkflowRequest[]) => void;
  /** Executions that are being shown inside others. */
  executions: readonly Execution[];
}

const none: readonly SubWorkflowRequest[] = [];

/** Loads what opened sub-workflows show: the child's execution once it has started, until then its definition. */
export function useSubWorkflows(): SubWorkflows {
  const [requests, setRequests] = useState(none);
  const { queries, combine } = useMemo(() => plan(requests), [requests]);
  const contents = useQueries({ queries, combine });
  return {
    contents,
    onWanted: setRequests,
    executions: [...contents.values()].flatMap(({ execution }) => execution ?? []),
  };
}

/** The queries for the requests, and how their answers become the contents. */
function plan(requests: readonly SubWorkflowRequest[]) {
  const known = requests.filter(({ workflowId, name }) => workflowId !== undefined || name !== '');
  return {
    queries: known.map(({ workflowId, name, version }) =>
      workflowId === undefined
        ? { ...definitionQuery(name, version), select: fromDefinition }
        : { ...executionQuery(workflowId), select: fromExecution },
    ),
    combine: (results: { data: SubWorkflowContent | undefined }[]): Contents =>
      new Map(
        known.flatMap(({ key }, i) => {
          const data = results[i]?.data;
          return data === undefined ? [] : [[key, data] as const];
        }),
      ),
  };
}

function fromExecution(execution: Execution): SubWorkflowContent | undefined {
  const { workflowDefinition } = execution;
  return workflowDefinition && { definition: workflowDefinition, execution };
}

function fromDefinition(definition: WorkflowDef): SubWorkflowContent {
  return { definition };
}
