/**
 * The thread in which supergraphs are read and operations are planned, so that neither stops the event loop of the main one.
 * Erasable TypeScript only: Node loads this file by stripping its types.
 */
import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { deserialize, getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, threadId, workerData } from 'node:worker_threads';
import { GraphQLError } from 'graphql';
import type { Answers, Failure, Question, Reply } from './messages.ts';
import type { PreparedSupergraph, ReadSupergraph } from './read.ts';

const port = parentPort;
if (!port) throw new Error('thread.ts is the planner; it runs in a worker thread only.');

/** Bytes of heap from which what reading has left behind is worth a collection of its own. */
const tidyFrom = 67_108_864;
/** Milliseconds after the last piece before it is collected: a process that starts, or swaps, has other things to do until then. */
const tidyAfter = 3_000;

enableCompileCache();
// Loaded here and not above, so that the compiled planner of the last start is used.
const { hashOf, readPrepared, readSupergraph } = await import('./read.ts');
const supergraphs = new Map<number, ReadSupergraph>();

function known(supergraph: number): ReadSupergraph {
  const found = supergraphs.get(supergraph);
  if (!found) throw new Error('This supergraph was not read here.');
  return found;
}

function answer(question: Question): Answers[Question['kind']] {
  switch (question.kind) {
    case 'read': {
      const read = readFrom(question.sdl);
      supergraphs.set(question.supergraph, read);
      return { facts: read.facts, thread: threadId };
    }
    case 'piece': {
      const { pieces } = known(question.supergraph);
      const piece = pieces[question.piece];
      if (!piece) throw new Error(`There is no piece ${question.piece}.`);
      if (question.piece === pieces.length - 1) setTimeout(tidy, tidyAfter).unref();
      return piece;
    }
    case 'plan':
      return known(question.supergraph).plan(question.source, question.operationName);
    case 'forget':
      supergraphs.delete(question.supergraph);
      return null;
  }
}

/** By what was prepared where it is of this supergraph, and else by the SDL alone. */
function readFrom(sdl: string): ReadSupergraph {
  const made = preparedHere();
  return made && made.facts.hash === hashOf(sdl) ? readPrepared(made) : readSupergraph(sdl);
}

/** What `compile.ts` has prepared beside the compiled thread; null beside the source. */
function preparedHere(): PreparedSupergraph | null {
  let bytes;
  try {
    bytes = readFileSync(new URL(workerData as string));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return null;
  }
  return deserialize(bytes) as PreparedSupergraph;
}

/** Reading leaves more behind than it makes, and a thread that only answers now and then would keep it for long. */
function tidy(): void {
  if (getHeapStatistics().total_heap_size < tidyFrom) return;
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as (options: object) => void)({ type: 'major', flavor: 'last-resort', execution: 'sync' });
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error), stack: undefined, graphql: null };
  const { message, stack } = error;
  // Extensions of federation's errors hold whole schemas; only what names the kind of error goes over.
  const code: unknown = error instanceof GraphQLError ? error.extensions['code'] : undefined;
  const graphql = error instanceof GraphQLError ? { extensions: code === undefined ? {} : { code } } : null;
  return { message, stack, graphql };
}

function reply(question: Question): Reply {
  try {
    return { answer: answer(question) };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

port.on('message', (question: Question) => port.postMessage(reply(question)));
