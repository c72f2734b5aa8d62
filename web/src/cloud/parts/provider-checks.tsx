import { useQuery } from '@tanstack/react-query';
import { RotateCw } from 'lucide-react';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Skeleton } from '../../ui/placeholder';
import { StateIcon, type StateKind } from '../../ui/status';
import type { IdentityProvider } from '../api/client';
import { checksQuery } from '../api/queries';
import styles from './provider.module.css';

const looks: Record<'OK' | 'WARNING' | 'FAILED', { kind: StateKind; word: string }> = {
  OK: { kind: 'success', word: 'Good' },
  WARNING: { kind: 'warning', word: 'Worth a look' },
  FAILED: { kind: 'failed', word: 'To be mended' },
};

/** What is wrong with the settings, as far as it can be seen without a person. */
export function ProviderChecks({ org, provider }: { org: string; provider: IdentityProvider }) {
  const query = useQuery(checksQuery(org, provider.id));
  return (
    <Card
      title="Checks"
      description="Your provider has been asked just now."
      actions={
        <Button
          size="small"
          icon={<RotateCw aria-hidden />}
          pending={query.isFetching}
          onClick={() => void query.refetch()}
        >
          Check again
        </Button>
      }
    >
      <Loaded query={query} what="checks" skeleton={<Skeleton height={220} />}>
        {(checks) => (
          <ul className={styles.checks} aria-label="Checks">
            {checks.map(({ name, title, state, message }) => (
              <li key={name} className={styles.check}>
                <StateIcon kind={looks[state].kind} />
                <div>
                  <strong>{title}</strong> <span className="muted">— {looks[state].word}</span>
                  <p>{message}</p>
                </div>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}
