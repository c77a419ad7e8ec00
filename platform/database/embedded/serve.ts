/**
 * The thread of PGlite, so that a heavy query does not block the main event loop. It receives and sends bytes of the Postgres protocol
 * without interpreting them. Erasable TypeScript only: Node loads this file by stripping its types.
 */
import { readFile } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { btree_gist } from '@electric-sql/pglite/contrib/btree_gist';
import { citext } from '@electric-sql/pglite/contrib/citext';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { unaccent } from '@electric-sql/pglite/contrib/unaccent';
import { vector } from '@electric-sql/pglite-pgvector';
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts';

/** Answers are sent in pieces of about this size (bytes), so that a large one is read while it is being written. */
const PIECE = 256 * 1024;

// Missing in Node's types.
declare const WebAssembly: { compile(bytes: Uint8Array): Promise<object> };

/** Restores the state of a database at opening; returns whether it succeeded. */
export type Reset = () => Promise<boolean>;

const port = parentPort;
if (!port) throw new Error('The embedded database runs in a worker thread only.');

function send(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  port!.postMessage(message, transfer);
}

function fail(error: unknown): void {
  send({ kind: 'failed', error: error instanceof Error ? error : new Error(String(error)) });
  port!.close();
}

/** Collects the output of Postgres, copied because it consists of views into memory that is overwritten. */
class Answer {
  #pieces: Uint8Array[] = [];
  #size = 0;

  add(view: Uint8Array): void {
    this.#pieces.push(view.slice());
    this.#size += view.length;
    if (this.#size >= PIECE) this.#send(false);
  }

  end(): void {
    this.#send(true);
  }

  #send(done: boolean): void {
    let bytes = this.#pieces[0];
    if (this.#pieces.length !== 1 || !bytes) {
      bytes = new Uint8Array(this.#size);
      let offset = 0;
      for (const piece of this.#pieces) {
        bytes.set(piece, offset);
        offset += piece.length;
      }
    }
    this.#pieces = [];
    this.#size = 0;
    send({ kind: 'bytes', bytes, done }, [bytes.buffer as ArrayBuffer]);
  }
}

async function handle(database: PGlite, message: ToWorker, reset: Reset | undefined): Promise<void> {
  if (message.kind === 'bytes') {
    // The streaming call, because the others also parse every answer and keep the result.
    const answer = new Answer();
    await database.execProtocolRawStream(message.bytes, { syncToFs: false, onRawData: (view) => answer.add(view) });
    answer.end();
  } else if (message.kind === 'dump') {
    send({ kind: 'dumped', tar: await database.dumpDataDir(message.compression) });
  } else if (message.kind === 'reset') {
    send({ kind: 'reset', done: (await reset?.()) ?? false });
  } else {
    await database.close();
    send({ kind: 'closed' });
    port!.close();
  }
}

function compiled(): Promise<object> {
  const file = new URL('pglite.wasm', import.meta.resolve('@electric-sql/pglite'));
  return readFile(file).then((bytes) => WebAssembly.compile(bytes));
}

/** Opens this thread's database and answers messages. */
export async function serve(prepare?: (database: PGlite) => Promise<Reset>): Promise<void> {
  const { folder, loadDataDir, program: given } = workerData as WorkerStart;
  try {
    const program = given ?? (await compiled());
    const database = await PGlite.create(folder ?? 'memory://', {
      ...(loadDataDir ? { loadDataDir } : {}),
      pgliteWasmModule: program as never,
      // All five cost about 50 ms at opening; unused ones cost nothing afterwards.
      extensions: { btree_gist, citext, pg_trgm, unaccent, vector },
      startParams: [...PGlite.defaultStartParams, '-c', 'timezone=UTC'],
    });
    const reset = await prepare?.(database);
    port!.on('message', (message: ToWorker) => {
      handle(database, message, reset).catch(fail);
    });
    send({ kind: 'opened', program });
  } catch (error) {
    fail(error);
  }
}
