import { Compass } from 'lucide-react';
import { Link } from 'react-router';
import { Button } from '../../ui/button';
import { Page } from '../../ui/layout';
import { EmptyState } from '../../ui/placeholder';
import { Frame } from '../parts/frame';
import { paths } from '../paths';

/** Answers an address that leads nowhere, or to something of others. */
export function NotFound({ what = 'page' }: { what?: string }) {
  return (
    <Page title="Not found">
      <EmptyState
        icon={<Compass size={32} aria-hidden />}
        title={`There is no such ${what}`}
        action={
          <Button asChild>
            <Link to={paths.home}>Go to your clusters</Link>
          </Button>
        }
      >
        The address may be mistyped, the {what} may have been deleted, or it belongs to an organization that
        you are not a member of.
      </EmptyState>
    </Page>
  );
}

/** The same outside of any organization. */
export function NotFoundOutside() {
  return (
    <Frame>
      <NotFound />
    </Frame>
  );
}
