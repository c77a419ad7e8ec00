import { GatewayError } from '../errors.ts';
import type { Limits } from '../limits/limits.ts';

/** What one operation may use while it runs, whatever was estimated before. */
export type Ceiling = Pick<Limits, 'objects' | 'answer' | 'time'>;

/**
 * What one operation has used while it ran: objects and bytes of all answers of subgraphs, and time. Once something is used up
 * no further subgraph is asked for it. Memory is what this protects: an estimate is only as good as what subgraphs declare.
 */
export class Budget {
  readonly #ceiling: Ceiling;
  readonly #until: number;
  #objects = 0;
  #bytes = 0;
  #fault: GatewayError | null = null;

  constructor(ceiling: Ceiling) {
    this.#ceiling = ceiling;
    this.#until = performance.now() + ceiling.time;
  }

  /** Why nothing more is asked; null while there is something left. */
  get fault(): GatewayError | null {
    if (!this.#fault && performance.now() > this.#until) this.#fault = late(this.#ceiling.time);
    return this.#fault;
  }

  /** Milliseconds that are left. */
  get patience(): number {
    return Math.max(0, this.#until - performance.now());
  }

  /** Ends the operation for a reason that a subgraph gave: it came to the ceiling within one answer. */
  exhaust(fault: GatewayError): void {
    this.#fault ??= fault;
  }

  /** Counts objects that a subgraph is to look up. */
  count(objects: number): void {
    this.#objects += objects;
    if (this.#objects > this.#ceiling.objects) this.#fault ??= much('objects', this.#objects, this.#ceiling.objects);
  }

  /** Counts what a subgraph has answered. */
  take(data: unknown): void {
    if (this.#fault) return;
    const { objects, answer } = this.#ceiling;
    const found = weigh(data, { objects: objects - this.#objects, bytes: answer - this.#bytes });
    this.#objects += found.objects;
    this.#bytes += found.bytes;
    if (this.#objects > objects) this.#fault = much('objects', this.#objects, objects);
    else if (this.#bytes > answer) this.#fault = much('answer', this.#bytes, answer);
  }

  /** Weighs the answer to the client: what came once from a subgraph may stand in it many times. */
  whole(data: unknown): GatewayError | null {
    const { answer } = this.#ceiling;
    const { bytes } = weigh(data, { objects: Number.POSITIVE_INFINITY, bytes: answer });
    return bytes > answer ? much('answer', bytes, answer) : null;
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

const words = {
  objects: { unit: 'objects', advice: 'ask for smaller pages, or fewer lists inside lists' },
  answer: { unit: 'bytes of answers', advice: 'select fewer fields, or ask for smaller pages' },
};

function much(limit: keyof typeof words, found: number, allowed: number): GatewayError {
  const { unit, advice } = words[limit];
  return new GatewayError(
    'LIMIT_EXCEEDED',
    `The operation was ended while it ran: more than ${allowed} ${unit}. To mend it: ${advice}.`,
    { limit, allowed, found },
  );
}

function late(allowed: number): GatewayError {
  return new GatewayError(
    'UNAVAILABLE',
    `The operation was ended: it took longer than ${allowed} ms. Ask for less at once.`,
    {
      limit: 'time',
      allowed,
    },
  );
}
