import { Button } from '../../ui/button';
import { Field, Input, PasswordInput } from '../../ui/field';
import { Form, FormActions, useFormPending } from '../../ui/form';
import { Door } from '../../ui/layout';
import { Notice } from '../../ui/placeholder';
import { grantAccess } from '../access';
import { commands } from '../client/commands';
import type { Info } from '../client/types';
import { cloudAddress } from '../cloud-address';

/** How one gets in: from the cloud console, or with an access key. */
export function AccessDoor({ info, expired }: { info: Info; expired: boolean }) {
  const cloud = cloudAddress(info);
  return (
    <Door title={`Open ${info.clusterName || 'this cluster'}`}>
      {expired && (
        <Notice kind="warning">
          Your access has run out. Once you are in again, this page is where it was.
        </Notice>
      )}
      {cloud !== undefined && (
        <>
          <p className="muted">
            Members of {info.organization || 'its organization'} open it from the cloud console, with the
            button “Open console” on the cluster’s page.
          </p>
          <Button kind="primary" size="large" asChild>
            <a href={cloud}>Go to the cloud console</a>
          </Button>
        </>
      )}
      <p className="muted">
        {cloud === undefined ? 'Enter an access key of it.' : 'Or enter an access key of it.'}
      </p>
      <Form
        className="stack"
        aria-label="Access key"
        validate={(values) => ({
          ...(!values.keyId?.trim() && { keyId: 'Enter the id of the key.' }),
          ...(!values.keySecret && { keySecret: 'Enter the secret that was shown when the key was made.' }),
        })}
        onSubmit={async ({ keyId = '', keySecret = '' }) => {
          const { token } = await commands.token(keyId.trim(), keySecret);
          grantAccess(token);
        }}
      >
        <Field name="keyId" label="Key id">
          <Input autoComplete="username" autoCapitalize="off" spellCheck={false} />
        </Field>
        <Field name="keySecret" label="Key secret">
          <PasswordInput autoComplete="current-password" />
        </Field>
        <FormActions>
          <Enter primary={cloud === undefined} />
        </FormActions>
      </Form>
    </Door>
  );
}

/** How one gets in through the cloud: from there only. */
export function ThroughDoor() {
  return (
    <Door title="Open this cluster">
      <p className="muted">
        Your access to this console has run out. Open it again with the button “Open console” on the cluster’s
        page.
      </p>
      <Button kind="primary" size="large" asChild>
        <a href="/">Go to the cloud console</a>
      </Button>
    </Door>
  );
}

function Enter({ primary }: { primary: boolean }) {
  return (
    <Button type="submit" kind={primary ? 'primary' : 'secondary'} pending={useFormPending()}>
      Open with key
    </Button>
  );
}
