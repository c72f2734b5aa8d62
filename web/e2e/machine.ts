import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './process';

const binary = path.join(import.meta.dirname, '..', '..', 'bin', 'controlplane');
const relay = path.join(import.meta.dirname, 'relay.py');

/** What the machine begins with: folders for names of networks that nobody else sees, and a loopback. */
const furnish = `set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mkdir /run/etc /run/work
mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/etc,workdir=/run/work /etc
ip link set lo up
exec "$@"`;

/**
 * A control plane whose clusters have networks of their own, on a machine of its own made of namespaces: what it makes is seen by
 * nobody else, and ends with it. Making one takes the rights of root.
 */
export class Machine {
  readonly origin: string;
  private readonly folder: string;
  private readonly pid: number;
  private readonly processes: ChildProcess[];

  private constructor(origin: string, folder: string, pid: number, processes: ChildProcess[]) {
    this.origin = origin;
    this.folder = folder;
    this.pid = pid;
    this.processes = processes;
  }

  static async start(): Promise<Machine> {
    if (process.getuid?.() !== 0) {
      throw new Error('The tests of networks make networks, for which they have to be run as root.');
    }
    const folder = await mkdtemp(path.join(os.tmpdir(), 'podium-e2e-machine-'));
    const port = await freePort();
    // It ends with this process, and all that runs on it ends with it.
    const outer = spawn(
      'setpriv',
      [
        ...[
          '--pdeathsig',
          'KILL',
          'unshare',
          '--net',
          '--mount',
          '--pid',
          '--fork',
          '--kill-child',
          '--mount-proc',
        ],
        ...['sh', '-c', furnish, 'sh', binary, 'serve', '--local-networks', '10.64.0.0/16'],
      ],
      {
        env: { ...process.env, PODIUM_LISTEN: `127.0.0.1:${port}`, PODIUM_DATA: path.join(folder, 'data') },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const output: string[] = [];
    for (const stream of [outer.stdout, outer.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => output.push(text));
    }
    await said(outer, 'Podium is at', output);
    const pid = Number(await readFile(`/proc/${outer.pid}/task/${outer.pid}/children`, 'utf8'));
    const door = spawn('setpriv', ['--pdeathsig', 'KILL', 'python3', relay, String(port), String(pid)]);
    await said(door, 'listening');
    return new Machine(`http://127.0.0.1:${port}`, folder, pid, [outer, door]);
  }

  /** Runs lines as root on the machine, and returns what they print. */
  async shell(lines: string): Promise<string> {
    const target = ['--target', String(this.pid), '--net', '--mount', '--pid'];
    return (await promisify(execFile)('nsenter', [...target, 'sh', '-ec', lines])).stdout;
  }

  async stop(): Promise<void> {
    for (const one of this.processes) {
      if (one.exitCode === null && one.signalCode === null) {
        one.kill('SIGKILL');
        await once(one, 'exit');
      }
    }
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** Waits until a process has printed a text. */
async function said(child: ChildProcess, text: string, output: string[] = []): Promise<void> {
  child.stderr?.on('data', (part) => output.push(String(part)));
  await new Promise<void>((done, failed) => {
    let seen = '';
    child.stdout?.on('data', (part) => {
      seen += String(part);
      if (seen.includes(text)) done();
    });
    child.once('error', failed);
    child.once('exit', () => failed(new Error(`${child.spawnfile} ended:\n${output.join('')}`)));
  });
}
