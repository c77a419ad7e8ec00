import { Worker } from 'node:worker_threads';
import { preparedFile } from '../../platform/compiled/manifest.ts';
import type { Question, Reply } from './messages.ts';

/**
 * Maximum MiB of the planner's old generation: four OSes take 60, forty 200. An operation whose planning needs more ends the thread
 * and not the process.
 */
const largestHeap = 1_024;
/** MiB of the young generation. With V8's default, a planner of forty OSes takes 140 MiB more and reads no faster. */
const youngHeap = 16;

/** Called when the thread has answered, or has ended without an answer. */
export interface Listener {
  replied(reply: Reply): void;
  /** The thread ended without `end()`. */
  died(error: Error): void;
}

/** The main thread's handle on one planner thread. It keeps the process alive only while an answer is pending. */
export class PlannerWorker {
  readonly #worker: Worker;
  readonly #listener: Listener;
  #ending = false;
  #hasDied = false;

  constructor(listener: Listener) {
    this.#listener = listener;
    const file = new URL('./thread.ts', import.meta.url);
    this.#worker = new Worker(file, {
      name: 'query planner',
      workerData: new URL(preparedFile, file).href,
      resourceLimits: { maxOldGenerationSizeMb: largestHeap, maxYoungGenerationSizeMb: youngHeap },
      // Node strips types itself where it can; the main thread's loaders would only slow down the start.
      ...(process.features.typescript ? { execArgv: [] } : {}),
    });
    this.#worker.unref();
    this.#worker.on('message', (reply: Reply) => {
      if (this.#ending) return;
      this.#worker.unref();
      this.#listener.replied(reply);
    });
    this.#worker.on('error', (error) => this.#died(error as Error));
    this.#worker.on('exit', (code) => this.#died(new Error(`The planner's thread has ended (exit code ${code}).`)));
  }

  ask(question: Question): void {
    this.#worker.ref();
    this.#worker.postMessage(question);
  }

  /** Ends the thread; the listener is not called again. */
  async end(): Promise<void> {
    this.#ending = true;
    await this.#worker.terminate();
  }

  #died(error: Error): void {
    if (this.#ending || this.#hasDied) return;
    this.#hasDied = true;
    this.#listener.died(error);
  }
}
