import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ChevronDown } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Menu, MenuChoice } from '../../ui/menu';
import { Badge } from '../../ui/status';
import { useToast } from '../../ui/toast';
import { answer, api, type Member, type RoleDefinition } from '../api/client';
import { keys, rolesQuery } from '../api/queries';
import { may, useWhyNot } from '../rights';
import { roleTitle, roleWords } from '../roles';
import { useMe, useOrganization } from '../session';
import styles from './member-role.module.css';

/** The role of a member; a menu that changes it, or the reason why it stays. */
export function MemberRole({ org, member, lastOwner }: { org: string; member: Member; lastOwner: boolean }) {
  const organization = useOrganization();
  const whyNot = useWhyNot();
  const me = useMe();
  const client = useQueryClient();
  const toast = useToast();
  const roles = useQuery(rolesQuery(org)).data ?? [];
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<string>();
  const [own, setOwn] = useState<string>();
  const mine = member.id === me.id;
  const within = (role: RoleDefinition) => role.permissions.every((one) => may(organization, one));
  const present = roles.find(({ id }) => id === member.role);
  const offered = roles.filter((role) => role.kind !== 'part' && within(role));
  const title = roleTitle(member.role, roles);

  async function change(role: string) {
    const changed = await answer(
      api.PUT('/organizations/{org}/members/{member}', {
        params: { path: { org, member: member.id } },
        body: { role },
      }),
    );
    client.setQueryData<Member[]>(keys.members(org), (all) =>
      all?.map((each) => (each.id === changed.id ? changed : each)),
    );
    // What one may do oneself has changed with it.
    if (mine) await client.invalidateQueries({ queryKey: keys.me });
    toast({ kind: 'success', title: `${member.name} is ${roleTitle(role, roles)} of ${org}` });
  }

  async function choose(role: string) {
    setError(undefined);
    if (role === member.role) return;
    if (mine) {
      setOwn(role);
      return;
    }
    setPending(true);
    try {
      await change(role);
    } catch (refusal) {
      setError((refusal as Error).message);
    } finally {
      setPending(false);
    }
  }

  const reason =
    whyNot('member.update', 'change the roles of members') ??
    (lastOwner ? 'An organization keeps an owner. Make somebody else owner first.' : undefined) ??
    (member.provider === undefined
      ? undefined
      : `${member.provider} gives this role by its groups, with each sign-in. Change it there.`) ??
    (present !== undefined && !within(present)
      ? 'They may do more than you do; only somebody who may as much can change that.'
      : undefined);
  if (roles.length === 0 || reason !== undefined) {
    return <Badge title={reason ?? roleWords(member.role)?.can}>{title}</Badge>;
  }
  return (
    <span className={styles.role}>
      <Menu
        align="start"
        trigger={
          <Button size="small" kind="quiet" pending={pending} aria-label={`Role of ${member.name}: ${title}`}>
            {title}
            <ChevronDown aria-hidden className={styles.arrow} />
          </Button>
        }
      >
        <MenuChoice
          label={`What ${mine ? 'you' : member.name} may do`}
          value={member.role}
          options={offered.map(({ id, description }) => ({
            value: id,
            label: roleTitle(id, roles),
            hint: roleWords(id)?.can ?? (description || 'A role of this organization.'),
          }))}
          onChange={(role) => void choose(role)}
        />
      </Menu>
      {error !== undefined && (
        <span role="alert" className={styles.error}>
          {error}
        </span>
      )}
      <ConfirmDialog
        open={own !== undefined}
        onOpenChange={() => setOwn(undefined)}
        title={`Become ${roleTitle(own ?? '', roles)}?`}
        confirm="Change my role"
        danger
        onConfirm={() => change(own ?? '')}
      >
        You change what you may do yourself, at once: {roleWords(own ?? '')?.can} To get back what you have
        now, you need somebody who has it.
      </ConfirmDialog>
    </span>
  );
}
