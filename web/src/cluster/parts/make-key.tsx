import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { inDays } from '../../console/days';
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
import { useInfo } from './require-access';
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
  const most = useInfo().maxKeyDays;
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
        <GoodFor most={most} />
        <FormActions>
          <Button onClick={onClose}>Cancel</Button>
          <Submit>{replaces ? 'Renew secret' : 'Create key'}</Submit>
        </FormActions>
      </Form>
    </Dialog>
  );
}

const lives = [7, 30, 90, 365];

/** How long a key is good; where keys have to end, no longer than that. */
function GoodFor({ most }: { most: number | undefined }) {
  const days = most === undefined ? lives : [...lives.filter((one) => one < most), most];
  return (
    <Field
      name="days"
      label="Good for"
      hint={
        most === undefined || most >= 365
          ? 'Two weeks before its end the console warns.'
          : `Your organization lets keys be good for ${inDays(most)} at most.`
      }
    >
      <Select defaultValue={Math.min(90, most ?? 90)}>
        {days.map((one) => (
          <option key={one} value={one}>
            {inDays(one)}
          </option>
        ))}
        {most === undefined && <option value="0">As long as nobody deletes it</option>}
      </Select>
    </Field>
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
