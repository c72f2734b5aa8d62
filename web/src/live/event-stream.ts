/** One server-sent event. */
export interface StreamEvent {
  /** The event's name; "message" when the server gave none. */
  event: string;
  data: string;
  id?: string;
  /** Wait in ms that the server asks for before a reconnection. */
  retry?: number;
}

/**
 * Cuts a text stream into server-sent events. Feed it pieces as they arrive; it returns the events that are complete and
 * keeps the rest.
 */
export class EventParser {
  private rest = '';

  push(piece: string): StreamEvent[] {
    this.rest += piece;
    const events: StreamEvent[] = [];
    for (;;) {
      const end = /\r\n\r\n|\n\n|\r\r/.exec(this.rest);
      if (end === null) return events;
      const event = parse(this.rest.slice(0, end.index));
      this.rest = this.rest.slice(end.index + end[0].length);
      if (event !== undefined) events.push(event);
    }
  }
}

function parse(block: string): StreamEvent | undefined {
  const fields: Omit<StreamEvent, 'data'> = { event: 'message' };
  const data: string[] = [];
  for (const line of block.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':');
    if (colon === 0) continue; // A comment, such as a heartbeat.
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') data.push(value);
    else if (name === 'event') fields.event = value;
    else if (name === 'id') fields.id = value;
    else if (name === 'retry' && /^\d+$/.test(value)) fields.retry = Number(value);
  }
  return data.length === 0 ? undefined : { ...fields, data: data.join('\n') };
}
