import type { WorkflowDef, WorkflowTask } from '../conductor/types';
import { parseDefinition } from './blocks';
import { locate, placesOf } from './places';

/** The task of the definition that a reference such as `encode__3` speaks of; undefined: it holds none. */
export function findReference(definition: WorkflowDef, reference: string): WorkflowTask | undefined {
  return locate(
    reference,
    placesOf(parseDefinition(definition), () => []),
  )?.place.task;
}
