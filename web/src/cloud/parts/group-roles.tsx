import { Plus, Trash2 } from 'lucide-react';
import { Button, IconButton } from '../../ui/button';
import { Input, Select } from '../../ui/field';
import type { IdentityProvider } from '../api/client';
import { memberRoles, roleTitle } from '../roles';
import styles from './provider.module.css';

type GroupRole = IdentityProvider['groupRoles'][number];

/** Which group gives which role; the highest one counts. */
export function GroupRoles({
  groups,
  onChange,
}: {
  groups: GroupRole[];
  onChange: (groups: GroupRole[]) => void;
}) {
  const replace = (index: number, change: Partial<GroupRole>) =>
    onChange(groups.map((one, at) => (at === index ? { ...one, ...change } : one)));
  return (
    <fieldset className={styles.groups}>
      <legend className="visually-hidden">Groups and their roles</legend>
      {groups.length === 0 && (
        <p className="muted">
          No group gives a role yet. A test log-in shows which groups your provider sends.
        </p>
      )}
      {groups.map(({ group, role }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is what it is by its place, its group is being typed
        <div key={index} className={styles.group}>
          <Input
            aria-label={`Group ${index + 1}`}
            placeholder="Group, as the provider names it"
            value={group}
            autoFocus={group === ''}
            spellCheck={false}
            onChange={(event) => replace(index, { group: event.target.value })}
          />
          <Select
            aria-label={`Role of group ${index + 1}`}
            value={role}
            onChange={(event) => replace(index, { role: event.target.value })}
          >
            {memberRoles.map((name) => (
              <option key={name} value={name}>
                {roleTitle(name)}
              </option>
            ))}
          </Select>
          <IconButton
            label={`Remove group ${index + 1}`}
            onClick={() => onChange(groups.filter((_, at) => at !== index))}
          >
            <Trash2 aria-hidden />
          </IconButton>
        </div>
      ))}
      <div>
        <Button
          size="small"
          icon={<Plus aria-hidden />}
          onClick={() => onChange([...groups, { group: '', role: 'member' }])}
        >
          Add group
        </Button>
      </div>
    </fieldset>
  );
}
