import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { GraceField } from '../../console/grace-field';
import { Button } from '../../ui/button';
import { CodeBlock } from '../../ui/code-block';
import { CopyField } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';
import { Field, Select } from '../../ui/field';
import { Form, FormActions, type FormValues } from '../../ui/form';
import { Notice } from '../../ui/placeholder';
import { commands } from '../client/commands';
import type { AccessKey, Application, NewKey } from '../client/types';
import styles from './make-key.module.css';
import { Submit } from './submit';

interface MakeKeyProps {
  application: Application;
  /** The key that gets another secret; undefined: a key is made. */
  replaces: AccessKey | undefined;
  onClose: () => void;
}

/** Makes an access key or gives one another secret, and shows the secret for the only time. */
export function MakeKey({ application, replaces, onClose }: MakeKeyProps) {
  const [made, setMade] = useState<NewKey>();
  const client = useQueryClient();
  const onOpenChange = (open: boolean) => {
    if (!open) onClose();
  };

  async function make({ days = '0', grace = '0' }: FormValues) {
    const key = replaces
      ? await commands.rotateKey(application.id, replaces.id, Number(grace), Number(days))
      : await commands.createKey(application.id, Number(days));
    void client.invalidateQueries({ queryKey: ['access', 'keys', application.id] });
    setMade(key);
  }

  if (made) {
    return (
      <Dialog
        open
        sticky
        width="wide"
        onOpenChange={onOpenChange}
        title={replaces ? 'The new secret' : 'The new access key'}
      >
        <Made made={made} onDone={onClose} />
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onOpenChange={onOpenChange}
      title={replaces ? 'Renew the secret' : `Create an access key for ${application.name}`}
      description={
        replaces
          ? 'The key id stays. Both secrets are good for a time, so that nothing stops while you change it.'
          : 'It may do what the application may do.'
      }
    >
      <Form className="stack" onSubmit={make}>
        {replaces && <GraceField />}
        <Field name="days" label="Good for" hint="Two weeks before its end the console warns.">
          <Select defaultValue="90">
            <option value="7">7 days</option>
            <option value="30">30 days</option>
            <option value="90">90 days</option>
            <option value="365">1 year</option>
            <option value="0">As long as nobody deletes it</option>
          </Select>
        </Field>
        <FormActions>
          <Button onClick={onClose}>Cancel</Button>
          <Submit>{replaces ? 'Renew secret' : 'Create key'}</Submit>
        </FormActions>
      </Form>
    </Dialog>
  );
}

function Made({ made: { id, secret }, onDone }: { made: NewKey; onDone: () => void }) {
  return (
    <div className="stack">
      <Notice kind="warning" title="Copy the secret now">
        It is shown only here; afterwards nobody can read it again.
      </Notice>
      <dl className={styles.pair}>
        <dt>Key id</dt>
        <dd>
          <CopyField text={id} what="key id" />
        </dd>
        <dt>Secret</dt>
        <dd>
          <CopyField text={secret} what="secret" />
        </dd>
      </dl>
      <CodeBlock
        title="Environment of the program"
        label="environment lines"
        language="bash"
        code={[
          `export CONDUCTOR_SERVER_URL=${window.location.origin}/api`,
          `export CONDUCTOR_AUTH_KEY=${id}`,
          `export CONDUCTOR_AUTH_SECRET=${secret}`,
        ].join('\n')}
      />
      <FormActions>
        <Button kind="primary" onClick={onDone}>
          I have copied it
        </Button>
      </FormActions>
    </div>
  );
}
