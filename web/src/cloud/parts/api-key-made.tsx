import { Button } from '../../ui/button';
import { CodeBlock } from '../../ui/code-block';
import { CopyField } from '../../ui/copy';
import { FormActions } from '../../ui/form';
import { Notice } from '../../ui/placeholder';
import { type ApiKeyWithSecret, apiRoot } from '../api/client';

/** A key's secret, which is shown only here, and a call by it. */
export function ApiKeyMade({ made, onDone }: { made: ApiKeyWithSecret; onDone: () => void }) {
  return (
    <div className="stack">
      <Notice kind="warning" title="Copy the key now">
        It is shown only here; afterwards nobody can read it again.
      </Notice>
      <CopyField text={made.secret} what="API key" />
      <CodeBlock title="Try it" label="command" language="bash" code={call(made)} />
      <FormActions>
        <Button kind="primary" onClick={onDone}>
          I have copied it
        </Button>
      </FormActions>
    </div>
  );
}

/** A command that lists the clusters of a key's organization. */
function call({ secret, organization }: ApiKeyWithSecret): string {
  return `export PODIUM_API_KEY=${secret}
curl -H "Authorization: Bearer $PODIUM_API_KEY" ${globalThis.location.origin}${apiRoot}/organizations/${organization}/clusters`;
}
