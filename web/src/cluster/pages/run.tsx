import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import type { JsonObject, WorkflowDef } from '../../conductor/types';
import { Loaded } from '../../console/loaded';
import { Page } from '../../ui/layout';
import { Skeleton } from '../../ui/placeholder';
import { ApiError } from '../client/call';
import { definitionQuery, executionQuery } from '../client/queries';
import { RunForm } from '../parts/run-form';
import { paths } from '../paths';
import { NotFound } from './not-found';

/** Starts an execution of a definition. */
export function RunPage() {
  const { name = '' } = useParams();
  const [params, setParams] = useSearchParams();
  const version = Number.parseInt(params.get('version') ?? '', 10) || undefined;
  const from = params.get('from') ?? undefined;
  const definition = useQuery(definitionQuery(name, version));
  const model = useQuery({ ...executionQuery(from ?? ''), enabled: from !== undefined });
  const navigate = useNavigate();
  if (definition.error instanceof ApiError && definition.error.status === 404) {
    return <NotFound what="definition" name={version === undefined ? name : `${name}.${version}`} />;
  }
  const waiting = from !== undefined && model.data === undefined && model.error === null;
  return (
    <Page
      width="narrow"
      title={`Run ${name}`}
      description={
        <>
          Starts a new execution of <Link to={paths.definition(name, version)}>its definition</Link> and opens
          it.
        </>
      }
    >
      <Loaded query={definition} what="definition" skeleton={<Skeleton height={360} />}>
        {(loaded) =>
          waiting ? (
            <Skeleton height={360} />
          ) : (
            <RunForm
              key={loaded.version}
              definition={loaded}
              input={model.data?.input ?? proposal(loaded)}
              correlationId={model.data?.correlationId ?? ''}
              onVersion={(next) =>
                setParams({ version: String(next), ...(from && { from }) }, { replace: true })
              }
              onStarted={(workflowId) => void navigate(paths.execution(workflowId))}
            />
          )
        }
      </Loaded>
    </Page>
  );
}

/** The inputs that the definition names, with the values that its template proposes. */
function proposal({ inputParameters = [], inputTemplate = {} }: WorkflowDef): JsonObject {
  return { ...Object.fromEntries(inputParameters.map((name) => [name, undefined])), ...inputTemplate };
}
