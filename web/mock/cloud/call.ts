import type { IncomingMessage, ServerResponse } from 'node:http';
import type { World } from './world.ts';

/** A refusal, as problem+json. */
export class Refusal extends Error {
  readonly status: number;
  readonly fields: Record<string, string>;
  readonly type: string;

  constructor(status: number, detail: string, fields: Record<string, string> = {}, type = 'about:blank') {
    super(detail);
    this.status = status;
    this.fields = fields;
    this.type = type;
  }
}

export interface Call {
  world: World;
  stepMs: number;
  email: string;
  /** What the stars of the route stand for, in order. */
  parts: string[];
  body: Record<string, unknown>;
  request: IncomingMessage;
  response: ServerResponse;
}

export interface Answer {
  status: number;
  body?: unknown;
}

export type Route = [pattern: string, handle: (call: Call) => Answer | undefined];

export function ok(body: unknown): Answer {
  return { status: 200, body };
}
