import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';

const binaries = path.join(import.meta.dirname, '..', '..', 'bin');

/** A server of ours, running on a temporary folder and a free port of loopback. */
export class Server {
  readonly origin: string;
  private readonly folder: string;
  private readonly child: ChildProcess;
  private readonly output: string[] = [];

  private constructor(origin: string, folder: string, child: ChildProcess) {
    this.origin = origin;
    this.folder = folder;
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.output.push(text));
    }
  }

  static async controlPlane(more: Record<string, string> = {}): Promise<Server> {
    return Server.start('controlplane', (listen, data) => ({
      args: ['serve'],
      env: { PODIUM_LISTEN: listen, PODIUM_DATA: data, ...more },
    }));
  }

  static async edge(): Promise<Server> {
    return Server.start('edge', (listen, data) => ({ args: ['--listen', listen, '--data', data], env: {} }));
  }

  private static async start(
    binary: string,
    command: (listen: string, data: string) => { args: string[]; env: Record<string, string> },
  ): Promise<Server> {
    const folder = await mkdtemp(path.join(os.tmpdir(), `podium-e2e-${binary}-`));
    const listen = `127.0.0.1:${await freePort()}`;
    const { args, env } = command(listen, path.join(folder, 'data'));
    const child = spawn(path.join(binaries, binary), args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const server = new Server(`http://${listen}`, folder, child);
    await server.untilUp();
    return server;
  }

  private async untilUp(): Promise<void> {
    const deadline = Date.now() + 20_000;
    while (Date.now() < deadline && this.child.exitCode === null) {
      try {
        await (await fetch(this.origin)).arrayBuffer();
        return;
      } catch {
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    await this.stop();
    throw new Error(`${this.child.spawnfile} does not answer at ${this.origin}:\n${this.output.join('')}`);
  }

  /** Where it keeps its data. */
  get data(): string {
    return path.join(this.folder, 'data');
  }

  /** Interrupts the server as Ctrl-C does, waits for its end, and removes its folder. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGINT');
      await once(this.child, 'exit');
    }
    await rm(this.folder, { recursive: true, force: true });
    if (this.child.exitCode !== 0) {
      throw new Error(
        `${this.child.spawnfile} ended with ${this.child.exitCode ?? this.child.signalCode}:\n${this.output.join('')}`,
      );
    }
  }
}

/** A port of loopback that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
