import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { Loaded } from '../../console/loaded';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { Field, Input, Select } from '../../ui/field';
import { Page } from '../../ui/layout';
import { Notice, Skeleton } from '../../ui/placeholder';
import { useToast } from '../../ui/toast';
import { commands } from '../client/commands';
import { accountQuery, applicationsQuery } from '../client/queries';
import type { Application } from '../client/types';
import { cloudAddress } from '../cloud-address';
import { AccountSummary } from '../parts/account-summary';
import { ApplicationKeys } from '../parts/application-keys';
import { useInfo, useRights } from '../parts/require-access';
import { SharedWith } from '../parts/shared-with';
import { applicationSubject } from '../parts/subjects';
import { paths } from '../paths';
import { needs } from '../rights';
import { applicationRoles, roleWords } from '../roles';
import { NotFound } from './not-found';

/** One application: what it may do, its access keys, and what is shared with it. */
export function ApplicationPage() {
  const { id = '' } = useParams();
  const applications = useQuery(applicationsQuery);
  const application = applications.data?.find((each) => each.id === id);
  if (applications.data && !application) return <NotFound what="application" name={id} />;
  return (
    <Page
      title={application?.name || id}
      windowTitle={application?.name || 'Application'}
      description={<Link to={paths.access()}>All applications</Link>}
      actions={application && !application.elsewhere && <Actions application={application} />}
    >
      <Loaded query={applications} what="application" skeleton={<Skeleton height={480} />}>
        {() =>
          application && (
            <>
              {application.elsewhere && <Elsewhere />}
              <May application={application} />
              <ApplicationKeys application={application} />
              <SharedWith subject={applicationSubject(id)} them="it" />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

function Elsewhere() {
  const info = useInfo();
  const { managed } = useRights().me;
  const cloud = cloudAddress(info);
  return (
    <Notice
      kind="info"
      title={
        managed ? 'Its key was made in the cloud console' : 'Its key stands in the keys file of the server'
      }
      action={
        managed &&
        cloud !== undefined && (
          <Button size="small" asChild>
            <a href={`${cloud}/access-keys`}>Access keys</a>
          </Button>
        )
      }
    >
      {managed
        ? 'There it is renewed, paused and deleted, and there its role was given. Single things can be shared with it here.'
        : 'It is changed there. Single things can be shared with it here.'}
    </Notice>
  );
}

function May({ application }: { application: Application }) {
  const account = useQuery(accountQuery(`app:${application.id}`));
  const [asked, setAsked] = useState(false);
  const whyNot = useRights().lacks(needs.access);
  return (
    <Card
      title="What it may do"
      actions={
        !application.elsewhere && (
          <Button icon={<Pencil aria-hidden />} disabledReason={whyNot} onClick={() => setAsked(true)}>
            Change role
          </Button>
        )
      }
    >
      <Loaded query={account} what="rights" skeleton={<Skeleton height={60} />}>
        {(data) => <AccountSummary account={data} who="It" managed={application.elsewhere === true} />}
      </Loaded>
      {asked && <ChangeRole application={application} onClose={() => setAsked(false)} />}
    </Card>
  );
}

function ChangeRole({ application, onClose }: { application: Application; onClose: () => void }) {
  const client = useQueryClient();
  const toast = useToast();
  const present = application.roles[0] ?? '';
  const [role, setRole] = useState(present);
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`The role of ${application.name}`}
      confirm="Save"
      fields={
        <Field
          name="role"
          label="Role"
          hint={role === '' ? 'Nothing but what is shared with it.' : roleWords(role).can}
        >
          <Select value={role} onChange={(event) => setRole(event.target.value)}>
            <option value="">None</option>
            {applicationRoles.map((each) => (
              <option key={each} value={each}>
                {roleWords(each).title}
              </option>
            ))}
          </Select>
        </Field>
      }
      onConfirm={async () => {
        // The new one first: for a moment it may do more, and at no time less than it should.
        if (role !== '' && !application.roles.includes(role)) await commands.addRole(application.id, role);
        for (const each of application.roles) {
          if (each !== role) await commands.removeRole(application.id, each);
        }
        await client.invalidateQueries({ queryKey: ['access'] });
        toast({ kind: 'success', title: `The role of ${application.name} is changed` });
      }}
    >
      It holds for all its access keys, from the next call on. Less is safer: most programs are workers.
    </ConfirmDialog>
  );
}

function Actions({ application: { id, name } }: { application: Application }) {
  const [asked, setAsked] = useState<'rename' | 'delete'>();
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  const whyNot = useRights().lacks(needs.access);
  const close = () => setAsked(undefined);
  return (
    <>
      <Button icon={<Trash2 aria-hidden />} disabledReason={whyNot} onClick={() => setAsked('delete')}>
        Delete
      </Button>
      <Button icon={<Pencil aria-hidden />} disabledReason={whyNot} onClick={() => setAsked('rename')}>
        Rename
      </Button>
      <ConfirmDialog
        open={asked === 'rename'}
        onOpenChange={close}
        title={`Rename ${name}?`}
        confirm="Rename"
        fields={
          <Field name="name" label="Name">
            <Input defaultValue={name} autoComplete="off" maxLength={250} />
          </Field>
        }
        onConfirm={async ({ name: next = '' }) => {
          await commands.renameApplication(id, next.trim());
          await client.invalidateQueries({ queryKey: ['access'] });
        }}
      >
        Its keys, its role and what is shared with it stay.
      </ConfirmDialog>
      <ConfirmDialog
        open={asked === 'delete'}
        onOpenChange={close}
        danger
        typed={name}
        title={`Delete ${name}?`}
        confirm="Delete application"
        onConfirm={async () => {
          await commands.deleteApplication(id);
          await navigate(paths.access());
          await client.invalidateQueries({ queryKey: ['access'] });
          toast({ kind: 'success', title: `${name} is deleted` });
        }}
      >
        Its access keys go with it: whatever signs in with them is refused from the next call on. What was
        shared with it is forgotten.
      </ConfirmDialog>
    </>
  );
}
