import { z, type ZodRawShape, type ZodType } from 'zod';

/**
 * A type of facts, named in the past tense. The payload holds ids, enums, money and values at that time; no secret, no hidden
 * maximum bid, no e-mail address. Payloads only gain fields; a new meaning is a new type.
 */
export interface FactType<P = unknown, T extends string = string> {
  /** `os.noun.participle`: `auction.bid.placed`. */
  type: T;
  /** Version of the payload. */
  v: number;
  /** What happened, in one sentence for readers. */
  sentence: string;
  payload: ZodType<P>;
}

export type PayloadOf<T> = T extends FactType<infer P> ? P : never;

type NamesOf<P> = P extends unknown ? keyof P : never;
type ValueAt<P, K> = P extends unknown ? (K extends keyof P ? P[K] : never) : never;

/** The payload of facts of several types: fields that only some of them have are optional. */
export type ToldBy<T, P = PayloadOf<T>> = Pick<P, keyof P> & {
  [K in Exclude<NamesOf<P>, keyof P>]?: ValueAt<P, K>;
};

/** Declares a fact type. The payload is given by its fields or as a schema. */
export function fact<S extends ZodRawShape, const T extends string>(
  type: T,
  sentence: string,
  payload: S,
  v?: number,
): FactType<z.output<z.ZodObject<S>>, T>;
export function fact<P, const T extends string>(
  type: T,
  sentence: string,
  payload: ZodType<P>,
  v?: number,
): FactType<P, T>;
export function fact(type: string, sentence: string, payload: ZodRawShape | ZodType, v = 1): FactType {
  return { type, v, sentence, payload: payload instanceof z.ZodType ? payload : z.object(payload) };
}

/** Marks a personal value of a payload: the OS that stores it erases it with the account. */
export function personal<T extends ZodType>(type: T): T {
  return type.meta({ class: 'personal' });
}

/** A fact in the log. */
export interface Fact<P = unknown> {
  id: string;
  /** Gap-free position in the log of its database, as text (64 bits). `null` until the relay has stamped it. */
  position: string | null;
  os: string;
  type: string;
  v: number;
  /** The id of its subject; facts of one key are in order. */
  key: string;
  /** Gap-free within the key, from 1, in the log where it was written: two databases with the same key count separately. */
  keySeq: number;
  at: Date;
  actor: string | null;
  onBehalfOf: string | null;
  actingFor: string | null;
  universe: string;
  correlationId: string;
  causationId: string | null;
  traceparent: string | null;
  /** The log that it was copied from; null for a fact written in this database. */
  origin: string | null;
  payload: P;
}

/** A fact with a position, as subscribers and reactions see it. */
export type StampedFact<P = unknown> = Fact<P> & { position: string };

/** A fact of one of these types; the compiler knows their names, so a table of them must be complete. */
export type StampedFactOf<F extends FactType> = StampedFact<ToldBy<F>> & { type: F['type'] };

/** A fact that is not yet in the log. */
export interface EmittedFact {
  type: FactType;
  key: string;
  payload: unknown;
}
