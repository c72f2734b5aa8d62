import { Lock } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Page } from '../../ui/layout';
import { EmptyState } from '../../ui/placeholder';
import { paths } from '../paths';

/** Stands in for a page that the viewer may not see: why, and whom to ask. */
export function Refused({ children }: { children: ReactNode }) {
  return (
    <Page title="Not for you, so far" windowTitle="No access">
      <Card>
        <EmptyState
          icon={<Lock size={32} aria-hidden />}
          title="You may not see this page"
          action={
            <Button asChild>
              <Link to={paths.yourAccess}>What you may do</Link>
            </Button>
          }
        >
          {children}
        </EmptyState>
      </Card>
    </Page>
  );
}
