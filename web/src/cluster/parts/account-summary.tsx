import type { ReactNode } from 'react';
import type { Account, Grant } from '../client/types';
import { roleWords } from '../roles';
import { grantKey, grantText } from '../shared';
import styles from './account-summary.module.css';
import { applicationOf } from './subjects';

interface AccountSummaryProps {
  account: Account;
  /** Whose account it is, as in "… may"; the viewer's own: "You". */
  who: string;
  /** Where roles of people come from. */
  managed: boolean;
}

/** How those without a name are called within a sentence. */
const asObject: Record<string, string> = { You: 'you', It: 'it' };

/** What somebody may do, in sentences, and by what. */
export function AccountSummary({ account: { roles, grants }, who, managed }: AccountSummaryProps) {
  if (roles.length === 0 && grants.length === 0) {
    return <p className="muted">{who} may do nothing here: no role was given, and nothing was shared.</p>;
  }
  const origin = managed ? 'given in the cloud console' : 'given in this cluster';
  return (
    <ul className={styles.list} aria-label={`What ${asObject[who] ?? who} may do`}>
      {roles.map(({ role, group }) => {
        const { title, can } = roleWords(role);
        return (
          <Line key={`${role} ${group}`} why={group ? `by the group ${group}` : origin}>
            <strong>{title}</strong>
            {can && <>: {can.charAt(0).toLowerCase() + can.slice(1)}</>}
          </Line>
        );
      })}
      {grants.map((grant) => (
        <Line key={grantKey(grant)} why={whyText(grant)}>
          {who} may <strong>{grantText(grant)}</strong>
        </Line>
      ))}
    </ul>
  );
}

function Line({ children, why }: { children: ReactNode; why: string }) {
  return (
    <li>
      <span>{children}</span>
      <span className={styles.why}>{why}</span>
    </li>
  );
}

function whyText({ subject }: Grant): string {
  if (subject.type === 'GROUP') return `shared with the group ${subject.id}`;
  if (subject.type === 'ROLE') return `shared with everybody who is ${roleWords(subject.id).title}`;
  return applicationOf(subject) === undefined ? 'shared by name' : 'shared with this application';
}
