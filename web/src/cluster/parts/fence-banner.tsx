import { useQuery, useQueryClient } from '@tanstack/react-query';
import { FenceNotice } from '../../console/fence-notice';
import { useToast } from '../../ui/toast';
import { commands } from '../client/commands';
import { infoQuery } from '../client/queries';
import { needs } from '../rights';
import { useRights } from './require-access';

/** Says on every page of a restored copy that it holds back, and lets an admin end that. */
export function FenceBanner() {
  const rights = useRights();
  const client = useQueryClient();
  const toast = useToast();
  // It may be lifted from elsewhere, and be put up by a restoration.
  const { data } = useQuery({
    ...infoQuery,
    refetchInterval: ({ state }) => (state.data?.fence === undefined ? 60_000 : 10_000),
  });
  const fence = data?.fence;
  if (fence === undefined) return null;

  async function lift() {
    await commands.liftFence();
    await client.invalidateQueries({ queryKey: infoQuery.queryKey });
    toast({ kind: 'success', title: 'The fence is lifted: what was held back goes on' });
  }

  return (
    <FenceNotice
      fence={fence}
      question="Lift the fence?"
      disabledReason={rights.lacks(needs.fence)}
      lift={lift}
    />
  );
}
