import { SearchX } from 'lucide-react';
import { Link } from 'react-router';
import { Button } from '../../ui/button';
import { Page } from '../../ui/layout';
import { EmptyState } from '../../ui/placeholder';
import { paths } from '../paths';

/** Says that there is no such thing here; without `what`, no such page. */
export function NotFound({ what = 'page', name }: { what?: string; name?: string }) {
  return (
    <Page title="Not found">
      <EmptyState
        icon={<SearchX size={32} aria-hidden />}
        title={name === undefined ? `There is no such ${what}` : `There is no ${what} ${name}`}
        action={
          <Button asChild>
            <Link to={paths.home}>Home</Link>
          </Button>
        }
      >
        It may have been removed, or the address has a slip.
      </EmptyState>
    </Page>
  );
}
