import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Page } from '@playwright/test';

/** What a provider says of somebody. */
export interface Claims {
  email: string;
  email_verified?: boolean;
  name?: string;
  groups?: string[];
}

/** A running OpenID Connect provider: oidc-provider with its own pages. */
export class IdentityProvider {
  readonly issuer: string;
  private readonly child: ChildProcess;

  private constructor(issuer: string, child: ChildProcess) {
    this.issuer = issuer;
    this.child = child;
  }

  static async start(): Promise<IdentityProvider> {
    const child = spawn(process.execPath, [path.join(import.meta.dirname, 'identity-provider.mjs')], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    for await (const line of createInterface({ input: child.stdout })) {
      return new IdentityProvider((JSON.parse(line) as { issuer: string }).issuer, child);
    }
    throw new Error('the identity provider did not start');
  }

  /** Registers a client, as whoever runs the provider does on its pages. */
  async register(client: Record<string, unknown>): Promise<{ client_id: string; client_secret: string }> {
    const response = await fetch(`${this.issuer}/reg`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(client),
    });
    if (!response.ok) throw new Error(`registration: ${response.status} ${await response.text()}`);
    return (await response.json()) as { client_id: string; client_secret: string };
  }

  /** Makes an account or changes what is said of it. */
  async setAccount(login: string, claims: Claims): Promise<void> {
    await fetch(`${this.issuer}/test/accounts/${login}`, { method: 'PUT', body: JSON.stringify(claims) });
  }

  /** Signs in on the provider's pages, which are open. */
  async signIn(page: Page, login: string): Promise<void> {
    await page.getByPlaceholder('Enter any login').fill(login);
    await page.getByPlaceholder('and password').fill('anything');
    await page.getByRole('button', { name: 'Sign-in' }).click();
    // It asks for consent the first time in a browser.
    const consent = page.getByRole('button', { name: 'Continue', exact: true });
    const back = page.getByRole('main').filter({ hasText: /./ });
    await consent.or(back).first().waitFor();
    if (page.url().startsWith(this.issuer)) await consent.click();
  }

  async stop(): Promise<void> {
    this.child.stdin?.end();
    await once(this.child, 'exit');
  }
}

/** A name server that knows TXT records only. */
export class NameServer {
  readonly address: string;
  private readonly socket: Socket;
  private readonly records = new Map<string, string>();

  private constructor(socket: Socket) {
    this.socket = socket;
    this.address = `127.0.0.1:${socket.address().port}`;
    socket.on('message', (query, from) => {
      socket.send(this.answer(query), from.port, from.address);
    });
  }

  static async start(): Promise<NameServer> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new NameServer(socket);
  }

  setText(name: string, text: string) {
    this.records.set(name.toLowerCase(), text);
  }

  stop() {
    this.socket.close();
  }

  /** RFC 1035: a header of 12 bytes, the question as it came, and the answer if there is one. */
  private answer(query: Buffer): Buffer {
    const labels: string[] = [];
    let at = 12;
    for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
      labels.push(query.toString('ascii', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const question = query.subarray(12, at + 5);
    const text = this.records.get(labels.join('.').toLowerCase());
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(text === undefined ? 0x8583 : 0x8580, 2); // an answer; no such name, or no error
    header.writeUInt16BE(1, 4);
    if (text === undefined) return Buffer.concat([header, question]);
    header.writeUInt16BE(1, 6);
    const data = Buffer.from(text, 'ascii');
    const record = Buffer.alloc(13);
    record.writeUInt16BE(0xc00c, 0); // the name of the question
    record.writeUInt16BE(16, 2); // TXT
    record.writeUInt16BE(1, 4); // IN
    record.writeUInt32BE(60, 6);
    record.writeUInt16BE(data.length + 1, 10);
    record.writeUInt8(data.length, 12);
    return Buffer.concat([header, question, record, data]);
  }
}
