import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { Button, type ButtonProps } from '../../ui/button';
import type { Need } from '../rights';
import { useRights } from './require-access';

interface AllowedLinkProps {
  to: string;
  need: Need;
  icon?: ReactNode;
  kind?: ButtonProps['kind'];
  children: ReactNode;
}

/** A link that looks like a button; for who may not do what it leads to, a button that says why. */
export function AllowedLink({ to, need, icon, kind = 'secondary', children }: AllowedLinkProps) {
  const obstacle = useRights().lacks(need);
  if (obstacle !== undefined) {
    return (
      <Button kind={kind} icon={icon} disabledReason={obstacle}>
        {children}
      </Button>
    );
  }
  return (
    <Button kind={kind} asChild>
      <Link to={to}>
        {icon}
        {children}
      </Link>
    </Button>
  );
}
