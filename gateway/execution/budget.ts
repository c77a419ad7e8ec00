import { GatewayError } from '../errors.ts';
import { answerTooLarge } from '../limits/rationing.ts';

/** Bytes of all answers of subgraphs that any operation may have, however small its own answer must be. */
const fewestBytes = 1_048_576;
/** Bytes of all answers of subgraphs, as a multiple of those of the answer: keys and references travel besides what was selected. */
const bytesPerAnswer = 2;

/** What one operation may use while it runs, whatever was estimated before. */
export interface Ceiling {
  /** Objects that subgraphs may answer. */
  objects: number;
  /** Bytes of the answer to the client. */
  answer: number;
}

/**
 * What one operation has used while it ran: objects and bytes of all answers of subgraphs. Once something is used up no further
 * subgraph is asked for it. Memory is what this protects: an estimate is only as good as what subgraphs declare.
 */
export class Budget {
  readonly #objectsAtMost: number;
  readonly #bytesAtMost: number;
  readonly #answer: number;
  #objects = 0;
  #bytes = 0;
  /** Why nothing more is asked; null while there is something left. */
  fault: GatewayError | null = null;

  constructor({ objects, answer }: Ceiling) {
    this.#objectsAtMost = objects;
    this.#answer = answer;
    this.#bytesAtMost = Math.max(fewestBytes, bytesPerAnswer * answer);
  }

  /** Ends the operation for a reason that a subgraph gave: it came to the ceiling within one answer. */
  exhaust(fault: GatewayError): void {
    this.fault ??= fault;
  }

  /** Counts objects that a subgraph is to look up. */
  count(objects: number): void {
    this.#objects += objects;
    if (this.#objects > this.#objectsAtMost) this.fault ??= manyObjects(this.#objects, this.#objectsAtMost);
  }

  /** Counts what a subgraph has answered. */
  take(data: unknown): void {
    if (this.fault) return;
    const left = { objects: this.#objectsAtMost - this.#objects, bytes: this.#bytesAtMost - this.#bytes };
    const found = weigh(data, left);
    this.#bytes += found.bytes;
    this.count(found.objects);
    if (this.#bytes > this.#bytesAtMost) this.fault ??= this.#manyBytes(this.#bytes);
  }

  /** Weighs the answer to the client before it is printed: what came once from a subgraph may stand in it many times. */
  whole(data: unknown, kind: 'query' | 'mutation' | 'subscription'): GatewayError | null {
    const { bytes } = weigh(data, { objects: Number.POSITIVE_INFINITY, bytes: this.#bytesAtMost });
    if (bytes <= this.#bytesAtMost) return null;
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

/** Objects and bytes of JSON in a value, counted until there are more than allowed. */
export function weigh(data: unknown, most: { objects: number; bytes: number }): { objects: number; bytes: number } {
  let objects = 0;
  let bytes = 0;
  const left: unknown[] = [data];
  while (left.length > 0 && objects <= most.objects && bytes <= most.bytes) {
    const value = left.pop();
    if (typeof value === 'string') bytes += Buffer.byteLength(value) + 2;
    else if (Array.isArray(value)) {
      bytes += value.length + 2;
      for (const item of value as unknown[]) left.push(item);
    } else if (typeof value === 'object' && value !== null) {
      objects += 1;
      bytes += 2;
      for (const key in value) {
        bytes += key.length + 4;
        left.push((value as Record<string, unknown>)[key]);
      }
    } else bytes += 5;
  }
  return { objects, bytes };
}

function manyObjects(found: number, allowed: number): GatewayError {
  return new GatewayError(
    'LIMIT_EXCEEDED',
    `The operation was ended while it ran: more than ${allowed} objects. Ask for smaller pages, or fewer lists inside lists.`,
    { limit: 'objects', allowed, found },
  );
}
