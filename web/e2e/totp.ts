import { createHmac } from 'node:crypto';

/** What an authenticator app shows for a key in base32 (RFC 6238). */
export const appCode = (key: string) => codeOf(key, stepNow());

/** What it shows half a minute later, which a server takes already. */
export const nextCode = (key: string) => codeOf(key, stepNow() + 1);

const stepNow = () => Math.floor(Date.now() / 30_000);

function codeOf(key: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', bytesOf(key)).update(counter).digest();
  const at = mac.readUInt8(mac.length - 1) & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

function bytesOf(base32: string): Buffer {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...base32].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
