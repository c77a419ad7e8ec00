/** Characters of an operation's id. It comes back with each event, and a UUID has 36. */
const longestId = 128;

/** Bytes of what a ping may bring: it is echoed. One with a fresh token in it is answered otherwise, and may be larger. */
const largestEcho = 1_024;
/** Bytes of any message but `subscribe` and `connection_init`: a token of 8 KiB, and the words around it. */
const largestWord = 16_384;

/** A message that ends the connection, with the code and the words of the close. */
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
  /** The operation's number; `null` when it is about none. */
  number: string | null;
  /** Whether it is a result. */
  isResult: boolean;
}

interface Message {
  type: unknown;
  id: unknown;
  payload: unknown;
}

/**
 * The ids of one connection's operations. A client may use an id again as soon as it has said `complete`, while the operation
 * before is still on its way; graphql-ws keeps operations by that id and would take one for the other. So each operation gets a
 * number of ours that is never used again, and what an operation says after its client has left it goes nowhere.
 */
export class OperationIds {
  private readonly numbers = new Map<string, string>();
  private readonly names = new Map<string, string>();
  private last = 0;
  private readonly left: (number: string) => void;

  /** `left` hears the number of an operation whose client wants no more of it. */
  constructor(left: (number: string) => void) {
    this.left = left;
  }

  /** How many operations are open. */
  get size(): number {
    return this.numbers.size;
  }

  /** The client's own id for an operation; `undefined` when the client has left it. */
  nameOf(number: string): string | undefined {
    return this.names.get(number);
  }

  /** A message of the client, with our number in place of its id; `null` when nothing is to be done. Throws `BadMessage`. */
  inward(text: string): string | null {
    const message = messageIn(text);
    const { type, id } = message;
    if (type !== 'subscribe' && type !== 'connection_init') requireSmall(message, text);
    if (type !== 'subscribe' && type !== 'complete') return text;
    if (typeof id !== 'string' || id === '' || id.length > longestId)
      throw new BadMessage(4400, `id: is a string of 1 to ${longestId} characters.`);
    if (type === 'subscribe') {
      if (this.numbers.has(id)) throw new BadMessage(4409, `Subscriber for ${id} already exists`);
      const number = String((this.last += 1));
      this.numbers.set(id, number);
      this.names.set(number, id);
      return JSON.stringify({ ...message, id: number });
    }
    const number = this.numbers.get(id);
    // The operation may have ended while this was on its way.
    if (number === undefined) return null;
    this.forget(number);
    this.left(number);
    return JSON.stringify({ ...message, id: number });
  }

  /** A message of graphql-ws, with the client's id in place of our number; `null` when the client wants no more of it. */
  outward(text: string): Outgoing | null {
    // graphql-ws writes the id first, and ours is digits.
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

function messageIn(text: string): Message {
  try {
    const message: unknown = JSON.parse(text);
    if (typeof message === 'object' && message !== null) return message as Message;
  } catch {
    // Told below, as what is JSON and no message.
  }
  throw new BadMessage(4400, 'Invalid message received');
}

function requireSmall({ type, payload }: Message, text: string): void {
  const refreshes = type === 'ping' && typeof payload === 'object' && payload !== null && 'authorization' in payload;
  const most = refreshes || type === 'complete' ? largestWord : largestEcho;
  if (Buffer.byteLength(text) > most)
    throw new BadMessage(4400, `A ${String(type).slice(0, 20)} has at most ${most} bytes.`);
}
