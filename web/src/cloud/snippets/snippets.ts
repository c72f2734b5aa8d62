import type { Language } from '../../ui/highlight';
import javaProgram from './templates/Hello.java.tmpl?raw';
import javascriptProgram from './templates/hello.mjs.tmpl?raw';
import pythonProgram from './templates/hello.py.tmpl?raw';
import shellProgram from './templates/hello.sh.tmpl?raw';
import goProgram from './templates/main.go.tmpl?raw';
import csharpProgram from './templates/Program.cs.tmpl?raw';
import mavenProject from './templates/pom.xml.tmpl?raw';

/** What a program needs to reach a cluster. */
export interface Connection {
  /** Conductor API root, ends in /api. */
  endpoint: string;
  key: string;
  secret: string;
}

/** Stands in the programs until a key was made. */
export const placeholder = { key: 'YOUR_KEY_ID', secret: 'YOUR_KEY_SECRET' };

/** A whole program in one language: it registers a workflow of one task, runs the task's worker and starts the workflow. */
export interface Snippet {
  id: string;
  title: string;
  /** Package and version of the SDK, when one is used. */
  sdk?: string;
  /** Commands that make the project, to be run once. */
  install: string;
  files: { name: string; language: Language; template: string }[];
  run: string;
}

export const snippets: readonly Snippet[] = [
  {
    id: 'go',
    title: 'Go',
    sdk: 'github.com/conductor-sdk/conductor-go v1.5.4',
    install: 'go mod init hello\ngo get github.com/conductor-sdk/conductor-go@v1.5.4',
    files: [{ name: 'main.go', language: 'go', template: goProgram }],
    run: 'go mod tidy && go run .',
  },
  {
    id: 'javascript',
    title: 'JavaScript',
    sdk: '@io-orkes/conductor-javascript 4.0.0',
    // The SDK's optional parts want different majors of zod; naming one settles it.
    install: 'npm install @io-orkes/conductor-javascript@4.0.0 zod@3',
    files: [{ name: 'hello.mjs', language: 'javascript', template: javascriptProgram }],
    run: 'node hello.mjs',
  },
  {
    id: 'python',
    title: 'Python',
    sdk: 'conductor-python 2.0.0',
    install: 'python3 -m venv .venv\n.venv/bin/pip install conductor-python==2.0.0',
    files: [{ name: 'hello.py', language: 'python', template: pythonProgram }],
    run: '.venv/bin/python hello.py',
  },
  {
    id: 'java',
    title: 'Java',
    sdk: 'org.conductoross:conductor-client 6.0.0, for Java 21',
    install: 'mkdir -p src/main/java',
    files: [
      { name: 'src/main/java/Hello.java', language: 'java', template: javaProgram },
      { name: 'pom.xml', language: 'text', template: mavenProject },
    ],
    run: 'mvn -q compile exec:java -Dexec.mainClass=Hello',
  },
  {
    id: 'csharp',
    title: 'C#',
    sdk: 'conductor-csharp 3.0.0',
    install: 'dotnet new console -n hello && cd hello\ndotnet add package conductor-csharp --version 3.0.0',
    files: [{ name: 'Program.cs', language: 'csharp', template: csharpProgram }],
    run: 'dotnet run',
  },
  {
    id: 'curl',
    title: 'curl',
    install: '',
    files: [{ name: 'hello.sh', language: 'bash', template: shellProgram }],
    run: 'sh hello.sh',
  },
];

/** Fills a template in. */
export function fill(template: string, { endpoint, key, secret }: Connection): string {
  return template
    .replaceAll('{{endpoint}}', endpoint)
    .replaceAll('{{key}}', key)
    .replaceAll('{{secret}}', secret);
}

/** The environment that all SDKs read, as lines for a shell. */
export function environmentLines({ endpoint, key, secret }: Connection): string {
  return [
    `export CONDUCTOR_SERVER_URL='${endpoint}'`,
    `export CONDUCTOR_AUTH_KEY='${key}'`,
    `export CONDUCTOR_AUTH_SECRET='${secret}'`,
  ].join('\n');
}
