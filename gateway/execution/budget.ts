import { GatewayError } from '../errors.ts';
import { answerTooLarge } from '../limits/rationing.ts';

/** Minimum bytes of subgraph answers that any operation may use, however small its own answer must be. */
const fewestBytes = 1_048_576;
/** Bytes of subgraph answers per byte of the client's answer: subgraphs also send keys and references that were not selected. */
const bytesPerAnswer = 2;

/** The resources one operation may use while it runs, regardless of its estimate. */
export interface Ceiling {
  /** Objects that subgraphs may answer. */
  objects: number;
  /** Bytes of the answer to the client. */
  answer: number;
}

/**
 * The resources one operation has used: objects and bytes in all answers of subgraphs. Once a limit is exceeded, no further subgraph
 * is called. This protects memory: an estimate is only as accurate as what subgraphs declare.
 */
export class Budget {
  readonly #objectsAtMost: number;
  readonly #bytesAtMost: number;
  readonly #answer: number;
  #objects = 0;
  #bytes = 0;
  /** Whether the client's answer has nothing that was not counted when it came from a subgraph, and that only once. */
  isCounted = false;
  /** Why no further subgraph is called; null while the budget lasts. */
  fault: GatewayError | null = null;

  constructor({ objects, answer }: Ceiling) {
    this.#objectsAtMost = objects;
    this.#answer = answer;
    this.#bytesAtMost = Math.max(fewestBytes, bytesPerAnswer * answer);
  }

  /** Bytes that the client's answer may have while it is built. */
  get bytes(): number {
    return this.#bytesAtMost;
  }

  /** Ends the operation because a subgraph reached its own ceiling within one answer. */
  exhaust(fault: GatewayError): void {
    this.fault ??= fault;
  }

  /** Counts objects that a subgraph is about to look up. */
  count(objects: number): void {
    this.#objects += objects;
    if (this.#objects > this.#objectsAtMost) this.fault ??= manyObjects(this.#objects, this.#objectsAtMost);
  }

  /** Counts the objects and bytes of a subgraph's answer. */
  take(data: unknown): void {
    if (this.fault) return;
    const left = { objects: this.#objectsAtMost - this.#objects, bytes: this.#bytesAtMost - this.#bytes };
    const found = weigh(data, left);
    this.#bytes += found.bytes;
    this.count(found.objects);
    if (this.#bytes > this.#bytesAtMost) this.fault ??= this.#manyBytes(this.#bytes);
  }

  /**
   * Checks the size of the client's answer before it is serialized: data that a subgraph sent once may appear in it many times, and nulls
   * that it did not send.
   */
  whole(data: unknown, kind: 'query' | 'mutation' | 'subscription'): GatewayError | null {
    if (this.isCounted && this.fault === null) return null;
    const { bytes } = weigh(data, { objects: Number.POSITIVE_INFINITY, bytes: this.#bytesAtMost });
    return bytes <= this.#bytesAtMost ? null : this.tooLarge(kind, bytes);
  }

  /** The refusal of an answer with at least this many bytes. */
  tooLarge(kind: 'query' | 'mutation' | 'subscription', bytes = this.#bytesAtMost + 1): GatewayError {
    return kind === 'mutation' ? answerTooLarge(this.#answer, bytes, kind) : this.#manyBytes(bytes);
  }

  #manyBytes(found: number): GatewayError {
    return new GatewayError(
      'LIMIT_EXCEEDED',
      `The operation was ended while it ran: more than ${this.#bytesAtMost} bytes for an answer of at most ${this.#answer}. Select fewer fields, or ask for smaller pages.`,
      { limit: 'answer', allowed: this.#answer, found },
    );
  }
}

/** Counts the objects and JSON bytes of a value, and stops when either exceeds its maximum. */
export function weigh(data: unknown, most: { objects: number; bytes: number }): { objects: number; bytes: number } {
  let objects = 0;
  let bytes = 0;
  const pending: object[] = [];
  const count = (value: unknown): void => {
    if (typeof value === 'string') bytes += bytesIn(value) + 2;
    else if (typeof value === 'object' && value !== null) pending.push(value);
    else bytes += 5;
  };
  count(data);
  while (objects <= most.objects && bytes <= most.bytes) {
    const value = pending.pop();
    if (value === undefined) break;
    if (Array.isArray(value)) {
      bytes += value.length + 2;
      for (const item of value as unknown[]) count(item);
    } else {
      objects += 1;
      bytes += 2;
      for (const key in value) {
        bytes += key.length + 4;
        count((value as Record<string, unknown>)[key]);
      }
    }
  }
  return { objects, bytes };
}

/** Characters up to which bytes are counted here: nearly all values, for which a call into Node takes longer. */
const shortText = 40;

function bytesIn(text: string): number {
  const { length } = text;
  if (length > shortText) return Buffer.byteLength(text);
  for (let n = 0; n < length; n++) if (text.charCodeAt(n) > 0x7f) return Buffer.byteLength(text);
  return length;
}

function manyObjects(found: number, allowed: number): GatewayError {
  return new GatewayError(
    'LIMIT_EXCEEDED',
    `The operation was ended while it ran: more than ${allowed} objects. Ask for smaller pages, or fewer lists inside lists.`,
    { limit: 'objects', allowed, found },
  );
}
