import { useQuery } from '@tanstack/react-query';
import { Loaded } from '../../console/loaded';
import { CodeBlock } from '../../ui/code-block';
import { Dialog } from '../../ui/dialog';
import { Skeleton } from '../../ui/placeholder';
import { StatusBadge } from '../../ui/status';
import { auditVerificationQuery } from '../api/queries';

/** Whether the log is as it was written. */
export function AuditVerification({
  org,
  open,
  onOpenChange,
}: {
  org: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Verify the audit log"
      description="Each entry carries the fingerprint of the one before, and Podium signs the newest every hour. An entry that was changed, removed, inserted or moved afterwards shows."
    >
      <Result org={org} />
    </Dialog>
  );
}

function Result({ org }: { org: string }) {
  const verification = useQuery(auditVerificationQuery(org));
  return (
    <Loaded query={verification} what="verification" skeleton={<Skeleton height={160} />}>
      {({ intact, entries, signedTo, broken, publicKey }) => (
        <div className="stack">
          {intact ? (
            <>
              <StatusBadge kind="success">Intact</StatusBadge>
              <p>{`All ${entries} entries are as they were written; ${signedTo} of them are signed.`}</p>
            </>
          ) : (
            <>
              <StatusBadge kind="failed">Broken</StatusBadge>
              <p>{`Entry ${broken?.sequence} ${broken?.what}.`}</p>
            </>
          )}
          <p className="muted">
            Exports are signed with this key. Keep a copy of it: with it anybody can check an export later,
            without Podium.
          </p>
          <CodeBlock code={publicKey} label="Public key" />
        </div>
      )}
    </Loaded>
  );
}
