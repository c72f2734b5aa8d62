import { DoorOpen } from 'lucide-react';
import { Card } from '../../ui/card';
import { CodeBlock } from '../../ui/code-block';
import { EmptyState } from '../../ui/placeholder';
import styles from './no-credentials.module.css';

const commands = `# Make a first key. Its secret is printed once.
bin/edge key create --data ./data --name "me" --role admin

# Start again. A server whose folder has keys wants them from everyone.
bin/edge --data ./data`;

/** Stands where rights would be, in a cluster that lets everyone do everything. */
export function NoCredentials() {
  return (
    <Card>
      <EmptyState icon={<DoorOpen size={32} aria-hidden />} title="This cluster runs without credentials">
        Whoever reaches it may do everything, so there is nothing to share and nothing to keep from anybody.
        On your own machine that is handy. To serve others, make an access key on the machine that it runs on,
        and start it again:
      </EmptyState>
      <div className={styles.commands}>
        <CodeBlock title="In a shell" label="commands" language="bash" code={commands} maxHeight={240} />
      </div>
    </Card>
  );
}
