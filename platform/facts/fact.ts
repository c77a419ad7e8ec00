import { z, type ZodRawShape, type ZodType } from 'zod';

/**
 * A fact that an OS tells the others, in the past tense. The payload holds ids, enums, money and values as they were; no
 * secret, no hidden maximum, no e-mail. Payloads only gain fields; a new meaning is a new type.
 */
export interface FactType<P = unknown> {
  /** `os.noun.participle`: `auction.bid.placed`. */
  type: string;
  /** Version of the payload. */
  v: number;
  /** One sentence: what happened, in a reader's words. */
  sentence: string;
  payload: ZodType<P>;
}

export type PayloadOf<T> = T extends FactType<infer P> ? P : never;

type NamesOf<P> = P extends unknown ? keyof P : never;
type ValueAt<P, K> = P extends unknown ? (K extends keyof P ? P[K] : never) : never;

/** What facts of several types tell: what only some of them tell may be absent. */
export type ToldBy<T, P = PayloadOf<T>> = Pick<P, keyof P> & {
  [K in Exclude<NamesOf<P>, keyof P>]?: ValueAt<P, K>;
};

/** Declares a fact; its payload is given as its fields, or as a schema of them. */
export function fact<S extends ZodRawShape>(
  type: string,
  sentence: string,
  payload: S,
  v?: number,
): FactType<z.output<z.ZodObject<S>>>;
export function fact<P>(type: string, sentence: string, payload: ZodType<P>, v?: number): FactType<P>;
export function fact(type: string, sentence: string, payload: ZodRawShape | ZodType, v = 1): FactType {
  return { type, v, sentence, payload: payload instanceof z.ZodType ? payload : z.object(payload) };
}

/** A value of a payload that says something of a person: the OS that keeps facts of it erases them with the account. */
export function personal<T extends ZodType>(type: T): T {
  return type.meta({ class: 'personal' });
}

/** A fact as it stands in the log. */
export interface Fact<P = unknown> {
  id: string;
  /** Gap-free place in the log of its database, as text (64 bits). `null` until the relay stamped it. */
  position: string | null;
  os: string;
  type: string;
  v: number;
  /** The id of the thing it is about; facts of one key are in order. */
  key: string;
  /** Gap-free within the key, from 1, in the log where it was written: two databases may have the same key, and each counts for itself. */
  keySeq: number;
  at: Date;
  actor: string | null;
  onBehalfOf: string | null;
  actingFor: string | null;
  universe: string;
  correlationId: string;
  causationId: string | null;
  traceparent: string | null;
  /** The log from which it was copied; null for a fact that was written in this database. */
  origin: string | null;
  payload: P;
}

/** A fact that a subscriber or reaction sees: it has its position. */
export type StampedFact<P = unknown> = Fact<P> & { position: string };

/** A fact on its way into the log. */
export interface EmittedFact {
  type: FactType;
  key: string;
  payload: unknown;
}
