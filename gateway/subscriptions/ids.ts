import { hasId, type Named } from '../documents/documents.ts';

/** Maximum characters of an operation's id. Each event repeats it; a UUID has 36. */
export const longestId = 128;

/** Maximum bytes of a ping without a token, which is echoed, and of other small messages. */
const largestEcho = 1_024;
/** Maximum bytes of `complete` and of a ping with a token of 8 KiB. */
const largestWord = 16_384;
/** Maximum bytes of `connection_init`, which is kept with its connection: four times the headers of an HTTP request. */
const largestInit = 65_536;

/** An invalid message that ends the connection, with the code and reason of the close. */
export class BadMessage extends Error {
  readonly close: number;

  constructor(close: number, message: string) {
    super(message);
    this.close = close;
  }
}

/** A message on its way to the client. */
export interface Outgoing {
  text: string;
  /** The operation's number; `null` if the message is about no operation. */
  number: string | null;
  isResult: boolean;
}

interface Message {
  type: unknown;
  id: unknown;
  payload: unknown;
}

/**
 * Maps the ids of one connection's operations. A client may reuse an id once it has sent `complete`, while results of the earlier
 * operation are still in transit; graphql-ws would confuse the two. So each operation gets a unique number, and messages of an
 * operation are dropped after its client has completed it.
 */
export class OperationIds {
  private readonly numbers = new Map<string, string>();
  private readonly names = new Map<string, string>();
  private last = 0;
  private readonly left: (number: string) => void;

  /** `left` is called with the number of an operation that the client has cancelled. */
  constructor(left: (number: string) => void) {
    this.left = left;
  }

  /** Number of open operations. */
  get size(): number {
    return this.numbers.size;
  }

  /** The client's id for an operation; `undefined` after the client has completed it. */
  nameOf(number: string): string | undefined {
    return this.names.get(number);
  }

  /** Converts a client message to use our number; `null` when there is nothing to do. Throws `BadMessage`. */
  inward(text: string): string | null {
    const message = messageIn(text);
    const { type, id } = message;
    if (type !== 'subscribe') requireSmall(message, text);
    if (type !== 'subscribe' && type !== 'complete') return text;
    if (typeof id !== 'string' || id === '' || id.length > longestId)
      throw new BadMessage(4400, `id: must be a string of 1 to ${longestId} characters.`);
    if (type === 'subscribe') {
      const number = this.begin(id);
      if (number === null) throw new BadMessage(4409, `Subscriber for ${id} already exists`);
      return JSON.stringify({ ...message, payload: withQuery(message.payload), id: number });
    }
    const number = this.leave(id);
    // The operation may have ended while this message was in transit.
    return number === null ? null : JSON.stringify({ ...message, id: number });
  }

  /** Numbers a new operation; `null` if the client uses its id for another one. */
  begin(name: string): string | null {
    if (this.numbers.has(name)) return null;
    const number = String((this.last += 1));
    this.numbers.set(name, number);
    this.names.set(number, name);
    return number;
  }

  /** The client cancels an operation; returns its number, or `null` if it has ended. */
  leave(name: string): string | null {
    const number = this.numbers.get(name);
    if (number === undefined) return null;
    this.forget(number);
    this.left(number);
    return number;
  }

  /** Converts a message of graphql-ws to use the client's id; `null` when the client has completed the operation. */
  outward(text: string): Outgoing | null {
    // graphql-ws writes the id first, and ours consists of digits.
    const head = /^\{"id":"(\d+)","type":"(next|error|complete)"/.exec(text);
    if (!head) return { text, number: null, isResult: false };
    const [all, number = '', type] = head;
    const name = this.names.get(number);
    if (name === undefined) return null;
    if (type !== 'next') this.forget(number);
    const named = `{"id":${JSON.stringify(name)},"type":"${type}"${text.slice(all.length)}`;
    return { text: named, number, isResult: type === 'next' };
  }

  /** The operation is over. */
  forget(number: string): void {
    const name = this.names.get(number);
    this.names.delete(number);
    if (name !== undefined && this.numbers.get(name) === number) this.numbers.delete(name);
  }
}

/** graphql-ws requires a text, which an operation that names its document by an id does not have. */
function withQuery(payload: unknown): unknown {
  if (typeof payload !== 'object' || payload === null || 'query' in payload) return payload;
  const { documentId, extensions } = payload as Partial<Named>;
  return hasId({ documentId, extensions }) ? { ...payload, query: '' } : payload;
}

function messageIn(text: string): Message {
  try {
    const message: unknown = JSON.parse(text);
    if (typeof message === 'object' && message !== null) return message as Message;
  } catch {
    // Reported below, like JSON that is not a message.
  }
  throw new BadMessage(4400, 'Invalid message received');
}

function requireSmall({ type, payload }: Message, text: string): void {
  const refreshes = type === 'ping' && typeof payload === 'object' && payload !== null && 'authorization' in payload;
  const words = refreshes || type === 'complete' ? largestWord : largestEcho;
  const most = type === 'connection_init' ? largestInit : words;
  if (Buffer.byteLength(text) > most)
    throw new BadMessage(4400, `A ${String(type).slice(0, 20)} message may have at most ${most} bytes.`);
}
