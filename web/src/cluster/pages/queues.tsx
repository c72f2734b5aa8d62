import { useQuery } from '@tanstack/react-query';
import { useAddressState } from '../../console/address';
import { Loaded } from '../../console/loaded';
import { Card } from '../../ui/card';
import { Input } from '../../ui/field';
import { Page } from '../../ui/layout';
import { Skeleton } from '../../ui/placeholder';
import { useLiveOverview } from '../client/live';
import { overviewQuery } from '../client/queries';
import { QueueTable } from '../parts/queue-table';
import styles from './queues.module.css';

/** Tasks that wait for workers, by task type and domain. */
export function Queues() {
  const overview = useQuery(overviewQuery);
  const [text, setText] = useAddressState('q');
  useLiveOverview();
  return (
    <Page
      title="Queues"
      description="Every task that a worker has to do waits in the queue of its type, or of its type and domain."
    >
      <Input
        type="search"
        className={styles.search}
        placeholder="Find a queue"
        aria-label="Find a queue"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <Loaded query={overview} what="queues" skeleton={<Skeleton height={320} />}>
        {(data) => (
          <Card flush>
            <QueueTable overview={data} text={text} />
          </Card>
        )}
      </Loaded>
    </Page>
  );
}
