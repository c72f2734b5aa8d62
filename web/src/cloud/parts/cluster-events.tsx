import { useInfiniteQuery } from '@tanstack/react-query';
import { History } from 'lucide-react';
import { Link } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { EmptyState, Skeleton } from '../../ui/placeholder';
import { StateIcon } from '../../ui/status';
import { RelativeTime } from '../../ui/time';
import type { Cluster, ClusterEvent } from '../api/client';
import { clusterEventsQuery } from '../api/queries';
import { detailInWords, eventInWords, withoutBeginnings } from '../event-words';
import { paths } from '../paths';
import styles from './cluster-events.module.css';

/** What has happened to a cluster, newest first. */
export function ClusterEvents({ cluster }: { cluster: Cluster }) {
  const events = useInfiniteQuery(clusterEventsQuery(cluster.organization, cluster.name));
  return (
    <Card title="Events" description="What has happened to the cluster. Events are kept for 180 days.">
      <Loaded query={events} what="events" skeleton={<Skeleton height={240} />}>
        {({ pages }) => {
          const list = withoutBeginnings(pages.flatMap((page) => page.events));
          if (list.length === 0) {
            return (
              <EmptyState icon={<History aria-hidden />} title="Nothing has happened yet">
                Operations, nodes that come and go, fences and settings show up here.
              </EmptyState>
            );
          }
          return (
            <ol className={styles.events} aria-label="Events">
              {list.map((event) => (
                <Event key={event.id} org={cluster.organization} event={event} />
              ))}
            </ol>
          );
        }}
      </Loaded>
      {events.hasNextPage && (
        <p className={styles.more}>
          <Button pending={events.isFetchingNextPage} onClick={() => void events.fetchNextPage()}>
            Earlier events
          </Button>
        </p>
      )}
    </Card>
  );
}

function Event({ org, event }: { org: string; event: ClusterEvent }) {
  const { kind, word } = eventInWords(event);
  const detail = detailInWords(event);
  return (
    <li className={styles.event}>
      <StateIcon kind={kind} />
      <span className={styles.what}>
        {event.operation === undefined ? (
          word
        ) : (
          <Link to={paths.operation(org, event.operation)}>{word}</Link>
        )}
        {detail !== undefined && <span className={styles.detail}>{detail}</span>}
      </span>
      <span className={styles.side}>
        <RelativeTime at={event.at} />
        {event.actor !== undefined && <span>{event.actor}</span>}
      </span>
    </li>
  );
}
