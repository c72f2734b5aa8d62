import { useQuery } from '@tanstack/react-query';
import { KeyRound, Plug } from 'lucide-react';
import { useState } from 'react';
import { useAddressState } from '../../console/address';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { CodeBlock } from '../../ui/code-block';
import { EmptyState, Notice } from '../../ui/placeholder';
import { Tabs } from '../../ui/tabs';
import type { Cluster } from '../api/client';
import { freshKeyQuery } from '../api/queries';
import { type Connection, fill, placeholder, type Snippet, snippets } from '../snippets/snippets';
import styles from './connect.module.css';
import { CreateKey, whyNoKey } from './create-key';

/** Programs to paste: each registers a workflow, works on its task and starts it. */
export function Connect({ cluster }: { cluster: Cluster }) {
  const { data: key } = useQuery(freshKeyQuery(cluster.organization, cluster.name));
  const [language, setLanguage] = useAddressState('language', snippets[0]?.id);
  const [creating, setCreating] = useState(false);

  if (cluster.endpoint === undefined) {
    return (
      <EmptyState icon={<Plug size={32} aria-hidden />} title="Nothing to connect to yet">
        {cluster.state === 'CREATING'
          ? 'The programs appear here as soon as the cluster is ready.'
          : 'This cluster has no endpoint.'}
      </EmptyState>
    );
  }
  const connection = {
    endpoint: cluster.endpoint,
    key: key?.id ?? placeholder.key,
    secret: key?.secret ?? placeholder.secret,
  };
  return (
    <div className={styles.page}>
      {key ? (
        <Notice kind="success">
          The programs are filled in with the access key <strong>{key.name}</strong>. Its secret is gone once
          you leave the console.
        </Notice>
      ) : (
        <Notice
          kind="info"
          action={
            <Button
              size="small"
              kind="primary"
              icon={<KeyRound aria-hidden />}
              disabledReason={whyNoKey(cluster)}
              onClick={() => setCreating(true)}
            >
              Create access key
            </Button>
          }
        >
          The programs need an access key. Create one and they are filled in, ready to run.
        </Notice>
      )}
      <Card>
        <Tabs
          label="Language"
          value={snippets.some(({ id }) => id === language) ? language : (snippets[0]?.id ?? '')}
          onChange={setLanguage}
          size="small"
          tabs={snippets.map((snippet) => ({
            value: snippet.id,
            label: snippet.title,
            content: <Program snippet={snippet} connection={connection} />,
          }))}
        />
      </Card>
      <CreateKey cluster={cluster} open={creating} onOpenChange={setCreating} />
    </div>
  );
}

function Program({ snippet, connection }: { snippet: Snippet; connection: Connection }) {
  return (
    <ol className={styles.steps}>
      {snippet.install !== '' && (
        <li>
          <h2>Prepare</h2>
          <CodeBlock
            label={`${snippet.title} preparation`}
            title={snippet.sdk}
            language="bash"
            code={snippet.install}
          />
        </li>
      )}
      <li>
        <h2>Save</h2>
        {snippet.files.map((file) => (
          <CodeBlock
            key={file.name}
            label={`${snippet.title} program ${file.name}`}
            title={file.name}
            language={file.language}
            code={fill(file.template, connection)}
            maxHeight={520}
          />
        ))}
      </li>
      <li>
        <h2>Run</h2>
        <CodeBlock
          label={`${snippet.title} command`}
          title="It ends with: COMPLETED Hello, Podium!"
          language="bash"
          code={snippet.run}
        />
      </li>
    </ol>
  );
}
