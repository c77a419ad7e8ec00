import type { RequestInfo } from '../../platform/context/request.ts';

/** One completed event, made once for all members of the stream. */
export interface Frame {
  /** The number of the event in the stream; members that joined later do not receive it. */
  readonly number: number;
  readonly cursor: string | null;
  /** Number of members that share the work of making it. */
  readonly members: number;
  /** Set if a viewer who has signed in may get more than this. */
  readonly more: More | null;
  /** The result as JSON, serialized once, when first used. */
  payload(): string;
  /** Bytes of the payload. */
  bytes(): number;
  /** The value at a path of response names, to compare it; null if there is none or it is null. All have the same at no path. */
  keyAt(path: readonly string[]): string | null;
  /** The payload after `head` and before `}` as one message of WebSocket, made once for all clients with an equal head. */
  message(head: string): Buffer;
}

/** How a viewer gets what everybody's frame leaves out. */
export interface More {
  /** Everything up to this cursor came before the event; null if that is not known. */
  readonly before: string | null;
  /** Completes the event for one viewer; null if the event itself depends on the viewer, whose own stream then has it. */
  readonly frameFor: ((info: RequestInfo) => Promise<Frame>) | null;
}

/** `printed` makes the payload. */
export function frameOf(
  place: Pick<Frame, 'number' | 'cursor' | 'members'> & { more?: More | null },
  printed: () => string,
): Frame {
  // Released once the text exists, with everything it refers to: frames wait in memory.
  let print: (() => string) | null = printed;
  let json = '';
  let size: number | undefined;
  const keys = new Map<string, string | null>();
  let made: { head: string; message: Buffer } | null = null;
  const payload = (): string => {
    if (print) json = print();
    print = null;
    return json;
  };
  const bytes = (): number => (size ??= Buffer.byteLength(payload()));
  const message = (head: string): Buffer => {
    if (made?.head !== head) made = { head, message: messageOf(head, payload(), bytes()) };
    return made.message;
  };
  const keyAt = (path: readonly string[]): string | null => {
    const name = path.join('.');
    let key = keys.get(name);
    if (key === undefined) keys.set(name, (key = valueAt(payload(), path)));
    return key;
  };
  return { more: null, ...place, payload, bytes, keyAt, message };
}

/** A whole, unmasked text message of WebSocket (RFC 6455). */
function messageOf(head: string, payload: string, bytes: number): Buffer {
  const length = Buffer.byteLength(head) + bytes + 1;
  const start = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const message = Buffer.allocUnsafe(start + length);
  message[0] = 0x81;
  if (start === 2) message[1] = length;
  else if (start === 4) {
    message[1] = 126;
    message.writeUInt16BE(length, 2);
  } else {
    message[1] = 127;
    message.writeBigUInt64BE(BigInt(length), 2);
  }
  const at = start + message.write(head, start);
  message.write('}', at + message.write(payload, at));
  return message;
}

function valueAt(payload: string, path: readonly string[]): string | null {
  if (path.length === 0) return '';
  let value = (JSON.parse(payload) as { data?: unknown }).data;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return null;
    value = (value as Record<string, unknown>)[step];
  }
  return value === null ? null : JSON.stringify(value);
}
