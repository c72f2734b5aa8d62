import { CodeBlock } from '../../ui/code-block';
import { throughCluster } from '../base';
import styles from './first-workflow.module.css';
import { useInfo } from './require-access';

/** Shows a newcomer how the first workflow gets here: two calls that can be pasted. */
export function FirstWorkflow() {
  const keys = useInfo().auth === 'keys';
  const through = throughCluster !== undefined; // applications do not come that way
  const api = through ? '$API' : `${location.origin}/api`;
  const json = "-H 'Content-Type: application/json'";
  const headers = keys ? `${json} -H "X-Authorization: $TOKEN"` : json;
  const token = `TOKEN=$(curl -s -X POST ${api}/token ${json} \\
  -d '{"keyId": "…", "keySecret": "…"}' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')

`;
  const root = through
    ? '# the API root, as the cluster’s page in the cloud console shows it\nAPI=https://…/api\n\n'
    : '';
  const code = `${root}${keys ? token : ''}curl -X POST ${api}/metadata/workflow \\
  ${headers} -d '{
  "name": "hello", "version": 1, "schemaVersion": 2,
  "ownerEmail": "you@example.com", "inputParameters": ["name"],
  "tasks": [{
    "name": "greet", "taskReferenceName": "greet", "type": "JSON_JQ_TRANSFORM",
    "inputParameters": {
      "name": "\${workflow.input.name}", "queryExpression": "\\"Hello, \\\\(.name)\\""
    }
  }]
}'

curl -X POST ${api}/workflow/hello \\
  ${headers} -d '{"name": "world"}'`;
  return (
    <div className={styles.code}>
      <CodeBlock code={code} language="bash" label="commands that register and run a workflow" />
    </div>
  );
}
