import { once } from 'node:events';
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from 'node:net';

/** What somebody was sent. */
export interface Letter {
  to: string;
  text: string;
}

/** The least of a mail server: takes every letter, on loopback, without TLS. */
export class Mailbox {
  readonly letters: Letter[] = [];
  private readonly server: NetServer;

  private constructor() {
    this.server = createServer((socket) => this.talk(socket));
  }

  static async open(): Promise<Mailbox> {
    const box = new Mailbox();
    box.server.listen(0, '127.0.0.1');
    await once(box.server, 'listening');
    return box;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.server.close();
    await once(this.server, 'close');
  }

  private talk(socket: Socket) {
    let pending = '';
    let to = '';
    let inData = false;
    const say = (line: string) => socket.write(`${line}\r\n`);
    socket.on('error', () => socket.destroy());
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      pending += chunk;
      for (;;) {
        const end = inData ? '\r\n.\r\n' : '\r\n';
        const at = pending.indexOf(end);
        if (at < 0) return;
        const said = pending.slice(0, at);
        pending = pending.slice(at + end.length);
        if (inData) {
          this.letters.push({ to, text: decode(said) });
          inData = false;
          say('250 taken');
          continue;
        }
        const [verb = ''] = said.toUpperCase().split(' ');
        if (verb === 'RCPT') to = /<(.+)>/.exec(said)?.[1] ?? '';
        inData = verb === 'DATA';
        say(answers[verb] ?? '502 not here');
        if (verb === 'QUIT') socket.end();
      }
    });
    say('220 mailbox');
  }
}

const answers: Record<string, string> = {
  EHLO: '250 mailbox',
  HELO: '250 mailbox',
  MAIL: '250 go on',
  RCPT: '250 go on',
  RSET: '250 go on',
  DATA: '354 go on',
  QUIT: '221 good-bye',
};

/** Undoes quoted-printable, as far as ASCII goes. */
function decode(text: string): string {
  return text
    .replaceAll('=\r\n', '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
