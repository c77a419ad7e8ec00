import type { QueryPlan } from '@apollo/query-planner';
import { GraphQLError } from 'graphql';
import { Unavailable } from '../../platform/errors/errors.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import type { Answers, Failure, Piece, Question, SupergraphFacts } from './messages.ts';
import { PlannerWorker } from './worker.ts';

/** Attempts per question when its thread dies: one retry, since something else may have ended the thread. */
const mostTries = 2;

/** Milliseconds for one plan: the time that the longest operation may take by default (`limits.ts`). Nobody waits longer for it. */
const planPatience = 30_000;
/** Milliseconds for everything else: to read the supergraph of forty OSes takes seconds, and several times that on a busy machine. */
const readPatience = 120_000;

/** Plans operations on one supergraph, in another thread. */
export interface Planner {
  readonly facts: SupergraphFacts;
  /** The number of the thread that read the supergraph. */
  readonly thread: number;
  /** A piece of the API schema, from 0 to `facts.pieces` - 1. */
  piece(n: number): Promise<Piece>;
  /**
   * Rejects with a GraphQL error when the operation cannot be planned, and with UNAVAILABLE if `signal` is aborted before the operation's
   * turn.
   */
  plan(source: string, operationName: string | null, signal?: AbortSignal): Promise<QueryPlan>;
  /** Frees the supergraph. A plan requested later is still answered, after the supergraph is read again. */
  close(): Promise<void>;
}

interface Waiting {
  question: Question;
  tries: number;
  resolve: (answer: never) => void;
  reject: (error: Error) => void;
  /** Whether it only reads a supergraph for questions to come, so that nobody waits for it. */
  isAhead?: boolean;
}

/**
 * Owns the planner's thread and its supergraphs. Questions are sent one at a time, so that it is known which one killed the thread: a
 * new thread is started, reads the supergraphs again and continues with the waiting questions, and the fatal question is sent once
 * more. A question that is not answered in time ends the thread too, and is not sent again. Cached plans need no thread and remain
 * usable.
 */
export class PlannerThread {
  readonly #log: Logger;
  readonly #sdls = new Map<number, string>();
  #waiting: Waiting[] = [];
  /** Supergraphs that the current thread has read. */
  readonly #read = new Set<number>();
  #worker: PlannerWorker | null = null;
  #asked: Waiting | null = null;
  #deadline: NodeJS.Timeout | undefined;
  #supergraphs = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Reads a supergraph. Rejects when the SDL is invalid, and then keeps nothing. */
  async open(sdl: string): Promise<Planner> {
    const supergraph = (this.#supergraphs += 1);
    this.#sdls.set(supergraph, sdl);
    try {
      const { facts, thread } = await this.#ask({ kind: 'read', supergraph, sdl });
      let isClosed = false;
      return {
        facts,
        thread,
        piece: (piece) => this.#ask({ kind: 'piece', supergraph, piece }),
        plan: async (source, operationName, signal) => {
          if (isClosed) this.#sdls.set(supergraph, sdl);
          try {
            return await this.#ask({ kind: 'plan', supergraph, source, operationName }, signal);
          } finally {
            if (isClosed) await this.#forget(supergraph);
          }
        },
        close: () => {
          isClosed = true;
          return this.#forget(supergraph);
        },
      };
    } catch (error) {
      await this.#forget(supergraph);
      throw error;
    }
  }

  /** A thread without supergraphs ends and frees all its memory. */
  async #forget(supergraph: number): Promise<void> {
    if (!this.#sdls.has(supergraph)) return;
    // Earlier questions are answered first. If the thread dies, the supergraph is forgotten as well.
    await this.#ask({ kind: 'forget', supergraph }).catch(() => undefined);
    // Plans requested in the meantime are still answered, and then the supergraph is forgotten again.
    const isWanted = [this.#asked, ...this.#waiting].some(
      (each) => each?.question.kind === 'plan' && each.question.supergraph === supergraph,
    );
    if (isWanted) return;
    this.#sdls.delete(supergraph);
    // What still waits here is of no use any more: forgetting it again, or reading it for questions to come.
    const useless = this.#waiting.filter(({ question }) => question.supergraph === supergraph);
    for (const { question, resolve, reject } of useless) {
      if (question.kind === 'forget') resolve(null as never);
      else reject(new Unavailable('The supergraph was closed.'));
    }
    this.#waiting = this.#waiting.filter((waiting) => !useless.includes(waiting));
    if (this.#sdls.size > 0) return;
    const worker = this.#worker;
    this.#worker = null;
    this.#read.clear();
    // Only the reading of what was just forgotten can be under way.
    clearTimeout(this.#deadline);
    this.#asked?.reject(new Unavailable('The supergraph was closed.'));
    this.#asked = null;
    await worker?.end();
  }

  #ask<Q extends Question>(question: Q, signal?: AbortSignal): Promise<Answers[Q['kind']]> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { question, tries: 0, resolve, reject };
      const leave = (): void => {
        const place = this.#waiting.indexOf(waiting);
        if (place < 0) return;
        this.#waiting.splice(place, 1);
        reject(new Unavailable('Nobody waits for this plan any more.'));
      };
      this.#waiting.push(waiting);
      if (signal?.aborted) return leave();
      signal?.addEventListener('abort', leave, { once: true });
      this.#next();
    });
  }

  #next(): void {
    if (this.#asked) return;
    const next = this.#waiting.shift();
    if (!next) return;
    const { kind, supergraph } = next.question;
    if (next.isAhead && this.#read.has(supergraph)) return this.#next();
    const sdl = this.#sdls.get(supergraph);
    if (kind === 'read' || this.#read.has(supergraph) || sdl === undefined) return this.#send(next);
    if (kind === 'forget') {
      next.resolve(null as never);
      return this.#next();
    }
    // The thread that had read the supergraph is gone: the new one reads it first.
    this.#waiting.unshift(next);
    this.#send({
      question: { kind: 'read', supergraph, sdl },
      tries: 0,
      resolve: () => undefined,
      reject: (error) => {
        this.#waiting.shift();
        next.reject(error);
      },
    });
  }

  #send(asked: Waiting): void {
    this.#asked = asked;
    asked.tries += 1;
    const worker = (this.#worker ??= this.#start());
    worker.ask(asked.question);
    const { kind } = asked.question;
    const patience = kind === 'plan' ? planPatience : readPatience;
    this.#deadline = setTimeout(() => {
      void worker.end();
      // The question would take as long again.
      asked.tries = mostTries;
      const what = kind === 'plan' ? 'The operation was not planned' : `The query planner did not answer ("${kind}")`;
      this.#lost(worker, new Unavailable(`${what} within ${patience / 1_000} seconds.`));
    }, patience).unref();
  }

  #start(): PlannerWorker {
    const worker: PlannerWorker = new PlannerWorker({
      replied: (reply) => {
        // A thread that was ended may have answered before it stopped: that answer belongs to no question of its successor.
        if (this.#worker !== worker) return;
        clearTimeout(this.#deadline);
        const asked = this.#asked;
        this.#asked = null;
        if (asked && 'answer' in reply) {
          const { kind, supergraph } = asked.question;
          if (kind === 'read') this.#read.add(supergraph);
          if (kind === 'forget') this.#read.delete(supergraph);
          asked.resolve(reply.answer as never);
        } else if (asked && 'failure' in reply) asked.reject(errorOf(reply.failure));
        this.#next();
      },
      died: (error) => this.#lost(worker, error),
    });
    return worker;
  }

  /** The thread has died, or was ended because it did not answer. */
  #lost(worker: PlannerWorker, error: Error): void {
    if (this.#worker !== worker) return;
    clearTimeout(this.#deadline);
    this.#worker = null;
    this.#read.clear();
    const asked = this.#asked;
    this.#asked = null;
    this.#log.error({ err: error, during: asked?.question.kind ?? null }, 'the planner died and is restarted');
    if (asked && asked.tries < mostTries) this.#waiting.unshift(asked);
    else asked?.reject(error);
    // Read the supergraphs again now, so that the next request need not wait. If reading ended the thread, read on demand only.
    if (asked?.question.kind !== 'read') this.#readAnew();
    this.#next();
  }

  #readAnew(): void {
    for (const [supergraph, sdl] of this.#sdls) {
      const waits = this.#waiting.some(({ question, isAhead }) => isAhead && question.supergraph === supergraph);
      if (waits) continue;
      this.#waiting.push({
        question: { kind: 'read', supergraph, sdl },
        tries: 1,
        resolve: () => undefined,
        reject: () => undefined,
        isAhead: true,
      });
    }
  }
}

function errorOf({ message, stack, graphql }: Failure): Error {
  const error = graphql ? new GraphQLError(message, graphql) : new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
