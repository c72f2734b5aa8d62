import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { Badge } from '../../ui/status';
import { applicationsQuery, usersQuery } from '../client/queries';
import type { Subject } from '../client/types';
import { paths } from '../paths';
import { roleWords } from '../roles';

const appPrefix = 'app:';

/** The id of the application that a subject is, if it is one. */
export function applicationOf({ type, id }: Subject): string | undefined {
  return type === 'USER' && id.startsWith(appPrefix) ? id.slice(appPrefix.length) : undefined;
}

export const userSubject = (id: string): Subject => ({ type: 'USER', id });
export const groupSubject = (id: string): Subject => ({ type: 'GROUP', id });
export const applicationSubject = (id: string): Subject => ({ type: 'USER', id: appPrefix + id });

/** Calls subjects by their names, as far as they are known. */
export function useNames(): (subject: Subject) => string {
  const applications = useQuery(applicationsQuery);
  const users = useQuery(usersQuery);
  return (subject) => {
    const application = applicationOf(subject);
    if (application !== undefined) {
      return applications.data?.find(({ id }) => id === application)?.name ?? application;
    }
    if (subject.type === 'ROLE') return `everybody with the role ${roleWords(subject.id).title}`;
    const user = subject.type === 'USER' ? users.data?.find(({ id }) => id === subject.id) : undefined;
    return user?.name || subject.id;
  };
}

/** A subject with the way to its page. */
export function SubjectName({ subject }: { subject: Subject }) {
  const name = useNames()(subject);
  const application = applicationOf(subject);
  if (application !== undefined) {
    return (
      <span className="row">
        <Link to={paths.application(application)}>{name}</Link> <Badge>Application</Badge>
      </span>
    );
  }
  if (subject.type === 'ROLE') return <>{name.charAt(0).toUpperCase() + name.slice(1)}</>;
  if (subject.type === 'GROUP') {
    return (
      <span className="row">
        <Link to={paths.group(subject.id)}>{name}</Link> <Badge>Group</Badge>
      </span>
    );
  }
  return <Link to={paths.person(subject.id)}>{name}</Link>;
}
