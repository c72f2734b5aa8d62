import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { Server } from './process';

const root = path.join(import.meta.dirname, '..', '..');
const python = path.join(root, '.tools', 'moto', 'bin', 'python');
const server = path.join(root, 'provisioner', 'aws', 'mototest', 'server.py');

/** Stands in for the AWS CLI, whose names of parameters are those of the API in another spelling. */
const cli = `
import boto3, os, sys
admin = f"arn:aws:iam::{os.environ['ACCOUNT']}:role/admin"
key = boto3.client("sts").assume_role(RoleArn=admin, RoleSessionName="admin")["Credentials"]
as_admin = dict(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"], aws_session_token=key["SessionToken"])
service, operation, rest = sys.argv[1], sys.argv[2], sys.argv[3:]
camel = lambda name: "".join(part.capitalize() for part in name.lstrip("-").split("-"))
getattr(boto3.client(service, **as_admin), operation.replace("-", "_"))(**{camel(k): v for k, v in zip(rest[::2], rest[1::2])})
`;

const region = 'eu-central-1';

/** A control plane that makes clusters in AWS, which an emulator plays; its roles open as their trust policies say. */
export class AWS {
  readonly origin: string;
  private readonly cloud: Server;
  private readonly emulator: ChildProcess;
  private readonly url: string;

  private constructor(cloud: Server, emulator: ChildProcess, url: string) {
    this.origin = cloud.origin;
    this.cloud = cloud;
    this.emulator = emulator;
    this.url = url;
  }

  static async start(): Promise<AWS> {
    const emulator = spawn(python, ['-c', await readFile(server, 'utf8')], {
      env: { ...process.env, PODIUM_TEST_TRUST: '1', PYTHONUNBUFFERED: '1' },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    const url = await address(emulator);
    const cloud = await Server.controlPlane({
      ...access(url),
      PODIUM_AWS_REGIONS: region,
      PODIUM_AWS_DOMAIN: 'podium.example',
      PODIUM_AWS_HOSTED_ZONE: 'Z1',
      PODIUM_AWS_IMAGE: 'registry.example/podium/dataplane',
      PODIUM_AWS_VERSIONS: '1.0.0',
    });
    return new AWS(cloud, emulator, url);
  }

  /** Runs commands of the AWS CLI as an administrator of an account. */
  async shell(account: string, commands: string): Promise<void> {
    await promisify(execFile)('sh', ['-ec', `aws() { "$PYTHON" -c "$CLI" "$@"; }\n${commands}`], {
      env: { ...process.env, ...access(this.url), ACCOUNT: account, PYTHON: python, CLI: cli },
    });
  }

  async stop(): Promise<void> {
    await this.cloud.stop();
    if (this.emulator.exitCode === null && this.emulator.signalCode === null) {
      this.emulator.stdin?.end(); // it ends with its standard input
      await once(this.emulator, 'exit');
    }
  }
}

/** How programs of AWS reach the emulator. */
const access = (url: string) => ({
  AWS_ENDPOINT_URL: url,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'not-a-secret',
});

async function address(emulator: ChildProcess): Promise<string> {
  let said = '';
  return new Promise((done, failed) => {
    emulator.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const found = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(said);
      if (found?.[1] !== undefined) done(found[1]);
    });
    emulator.once('error', failed);
    emulator.once('exit', () => failed(new Error(`the emulator ended:\n${said}`)));
  });
}
