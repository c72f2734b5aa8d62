import { ShieldCheck } from 'lucide-react';
import { Link, useLocation } from 'react-router';
import { Button } from '../../ui/button';
import { Page } from '../../ui/layout';
import { EmptyState } from '../../ui/placeholder';
import { paths } from '../paths';
import { Frame } from './frame';

/** Stands before an organization that asks for a second factor, and leads to where one is set up and back. */
export function FactorWanted({ org }: { org: string }) {
  const { pathname, search } = useLocation();
  return (
    <Frame org={org}>
      <Page title={org}>
        <EmptyState
          icon={<ShieldCheck size={32} aria-hidden />}
          title={`${org} asks for a second factor`}
          action={
            <Button kind="primary" asChild>
              <Link to={paths.secondFactor(pathname + search)}>Set it up</Link>
            </Button>
          }
        >
          Who signs in with a password also needs codes of an app on their phone. Setting that up takes two
          minutes and asks nobody; then you are in.
        </EmptyState>
      </Page>
    </Frame>
  );
}
