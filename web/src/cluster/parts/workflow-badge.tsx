import { workflowAppearance } from '../../conductor/appearance';
import type { WorkflowStatus } from '../../conductor/types';
import { StatusBadge } from '../../ui/status';

export function WorkflowBadge({ status }: { status: WorkflowStatus }) {
  const { kind, word } = workflowAppearance[status];
  return <StatusBadge kind={kind}>{word}</StatusBadge>;
}
