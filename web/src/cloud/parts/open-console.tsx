import { useMutation } from '@tanstack/react-query';
import { ExternalLink } from 'lucide-react';
import { Button } from '../../ui/button';
import { useToast } from '../../ui/toast';
import { answer, api, type Cluster } from '../api/client';

/** Opens the cluster's own console in a new tab, signed in as the caller. */
export function OpenConsole({ cluster }: { cluster: Cluster }) {
  const toast = useToast();
  const open = useMutation({
    mutationFn: async () => {
      // Opened before the call: browsers block a tab that does not come straight from a click.
      const tab = window.open('about:blank', '_blank');
      try {
        const { url } = await answer(
          api.POST('/organizations/{org}/clusters/{cluster}/console-sessions', {
            params: { path: { org: cluster.organization, cluster: cluster.name } },
          }),
        );
        if (tab === null) throw new Error('The browser blocked the new tab. Allow pop-ups for this page.');
        tab.opener = null;
        tab.location.replace(url);
      } catch (error) {
        tab?.close();
        throw error;
      }
    },
    onError: (error) => toast({ kind: 'failed', title: 'The console did not open', detail: error.message }),
  });
  return (
    <Button
      kind="primary"
      icon={<ExternalLink aria-hidden />}
      pending={open.isPending}
      disabledReason={
        cluster.state === 'READY' ? undefined : 'The console is there once the cluster is ready.'
      }
      onClick={() => open.mutate()}
    >
      Open console
    </Button>
  );
}
