/**
 * The thread that reads supergraphs and plans operations, so that neither blocks the main event loop. Erasable TypeScript only: Node
 * loads this file by stripping its types.
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

/** Bytes of heap above which a garbage collection after reading is worthwhile. */
const tidyFrom = 67_108_864;
/** Milliseconds from the last piece to that collection: until then a start or a swap needs the processor. */
const tidyAfter = 3_000;

enableCompileCache();
// Imported after the compile cache is enabled, so that the compiled planner of the last start is used.
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

/** Uses what was prepared if it is of this supergraph, and otherwise reads the SDL. */
function readFrom(sdl: string): ReadSupergraph {
  const prepared = preparedHere();
  return prepared && prepared.facts.hash === hashOf(sdl) ? readPrepared(prepared) : readSupergraph(sdl);
}

/** What `compile.ts` prepared beside the compiled thread; null for a thread that runs from its source. */
function preparedHere(): PreparedSupergraph | null {
  try {
    return deserialize(readFileSync(new URL(workerData as string))) as PreparedSupergraph;
  } catch {
    // It only saves time: missing, unreadable or written by another V8, the SDL is read instead.
    return null;
  }
}

/** Reading leaves more garbage than data, and a mostly idle thread would keep it for long. */
function tidy(): void {
  if (getHeapStatistics().total_heap_size < tidyFrom) return;
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as (options: object) => void)({ type: 'major', flavor: 'last-resort', execution: 'sync' });
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error), stack: undefined, graphql: null };
  const { message, stack } = error;
  // Extensions of federation's errors contain whole schemas; only the code is passed on.
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
