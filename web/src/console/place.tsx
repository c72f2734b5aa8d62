import type { ReactNode } from 'react';
import { Link, useLocation } from 'react-router';

export interface PlaceProps {
  to: string;
  /** Addresses beside `to` whose pages belong to the place, such as that of a form for something new. */
  also?: readonly string[];
  children: ReactNode;
}

/** A link of the main menu. It is marked on the pages at and below its addresses. */
export function Place({ to, also = [], children }: PlaceProps) {
  const { pathname } = useLocation();
  const here = [to, ...also].some((address) => pathname === address || pathname.startsWith(`${address}/`));
  return (
    <Link to={to} aria-current={here ? 'page' : undefined}>
      {children}
    </Link>
  );
}
