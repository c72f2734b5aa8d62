import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { CodeBlock } from '../../ui/code-block';
import { FormActions } from '../../ui/form';
import { Notice } from '../../ui/placeholder';

/** Recovery codes, which are shown only here. */
export function RecoveryCodes({ codes, onKept }: { codes: string[]; onKept: () => void }) {
  return (
    <Card title="Keep your recovery codes">
      <div className="stack">
        <Notice kind="warning" title="Copy them now">
          They are shown only here. Each lets you sign in once without your phone, so keep them where you find
          them when it is lost: in a password manager, or on paper in a safe place.
        </Notice>
        <CodeBlock title="Recovery codes" label="recovery codes" code={codes.join('\n')} />
        <FormActions>
          <Button kind="primary" onClick={onKept}>
            I have kept them
          </Button>
        </FormActions>
      </div>
    </Card>
  );
}
