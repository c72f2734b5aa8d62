import { useState } from 'react';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { CopyField } from '../../ui/copy';
import { Form, FormActions } from '../../ui/form';
import { Notice } from '../../ui/placeholder';
import { answer, api, type SecondFactorSecret } from '../api/client';
import { forForm } from '../api/problem';
import { CodeField, checkCode } from './code-field';
import styles from './set-up-factor.module.css';
import { Submit } from './submit';

/** Sets a second factor up: the app takes the secret from the screen and proves it with a code. */
export function SetUpFactor({ onConfirmed }: { onConfirmed: (codes: string[]) => Promise<void> }) {
  const [made, setMade] = useState<SecondFactorSecret>();
  return made === undefined ? (
    <Begin onMade={setMade} />
  ) : (
    <Confirm made={made} onConfirmed={onConfirmed} onCancel={() => setMade(undefined)} />
  );
}

function Begin({ onMade }: { onMade: (made: SecondFactorSecret) => void }) {
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<string>();
  return (
    <Card
      title="Codes of an app"
      description="An app on your phone shows six digits, other ones every half minute. Signing in with your password then asks for them too."
    >
      <div className="stack">
        <p>
          You need an authenticator app, such as Google Authenticator, Microsoft Authenticator, 1Password or
          Aegis. It needs no connection to the internet and tells nobody anything. Other browsers in which you
          are signed in with your password are signed out.
        </p>
        {problem !== undefined && <Notice kind="failed" title={problem} />}
        <div>
          <Button
            kind="primary"
            pending={pending}
            onClick={async () => {
              setPending(true);
              setProblem(undefined);
              try {
                onMade(await answer(api.POST('/me/second-factor')));
              } catch (error) {
                setProblem((error as Error).message);
              } finally {
                setPending(false);
              }
            }}
          >
            Set up
          </Button>
        </div>
      </div>
    </Card>
  );
}

function Confirm(props: {
  made: SecondFactorSecret;
  onConfirmed: (codes: string[]) => Promise<void>;
  onCancel: () => void;
}) {
  const { made, onConfirmed, onCancel } = props;
  return (
    <Card title="Scan, then enter the code">
      <Form
        className="stack"
        validate={checkCode}
        onSubmit={async ({ code = '' }) => {
          const { codes } = await forForm(
            answer(api.POST('/me/second-factor/confirmation', { body: { code } })),
          );
          await onConfirmed(codes);
        }}
      >
        <p>In the app, add an account and point the camera at this picture.</p>
        <Picture qr={made.qr} />
        <div className={styles.key}>
          <p className="muted">Is there no camera? Type this key into the app instead:</p>
          <CopyField text={made.secret} what="key" />
        </div>
        <CodeField recovery={false} />
        <FormActions>
          <Button onClick={onCancel}>Cancel</Button>
          <Submit>Switch on</Submit>
        </FormActions>
      </Form>
    </Card>
  );
}

/** Dark on light in both themes: cameras expect that. */
function Picture({ qr: { size, path } }: { qr: SecondFactorSecret['qr'] }) {
  const side = size + 8;
  return (
    <svg
      className={styles.picture}
      viewBox={`-4 -4 ${side} ${side}`}
      role="img"
      aria-label="QR code with the key"
      shapeRendering="crispEdges"
    >
      <rect x={-4} y={-4} width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
