import { HttpFault } from '../http/failure.ts';
import { Pace } from '../work/pace.ts';

/** Uploads that one process writes concurrently, each with a part of 8 MiB in memory: half a gibibyte. */
const writersAtMost = 64;
/** Uploads of one account (two browser tabs with six connections each), and from one network, such as an office. */
const writersOfAccount = 12;
const writersOfNetwork = 24;
/** When all places are taken, an upload slower than 64 bytes per millisecond (64 kB/s) after 5 s of waiting may be cut to make room. */
const patience = 5_000;
const slowBelow = 64;
/** Milliseconds between two checks for slow senders. */
const lookEvery = 1_000;
/** Seconds after which to retry. */
const retryAfter = '2';

/** One connection that sends the bytes of an upload. */
export class Writer {
  readonly account: string;
  readonly network: string;
  readonly pace = new Pace();
  readonly #cut: Promise<never>;
  #end: (reason: HttpFault) => void = () => undefined;

  constructor(account: string, network: string) {
    this.account = account;
    this.network = network;
    this.#cut = new Promise((_resolve, reject) => {
      this.#end = reject;
    });
    // Handled by the reader; without a reader it must not become an unhandled rejection.
    this.#cut.catch(() => undefined);
  }

  /** Ends the reading; the bytes received are kept. */
  cut(reason: HttpFault): void {
    this.#end(reason);
  }

  /** The sender's bytes, until it is cut. */
  async *read(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const chunks = body[Symbol.asyncIterator]();
    let isOver = false;
    try {
      for (;;) {
        this.pace.wait();
        const { done, value } = await Promise.race([chunks.next(), this.#cut]);
        if (done) {
          isOver = true;
          return;
        }
        this.pace.take(value.length);
        yield value;
      }
    } finally {
      // Not awaited: an iterator that waits for bytes ends only when they arrive or the connection closes.
      if (!isOver) void chunks.return?.()?.catch(() => undefined);
    }
  }
}

/**
 * The uploads being written. An account and a network have a limited number of places. When all places are taken, the slowest
 * sender is cut, so that trickling senders cannot block the others.
 */
export class Writers {
  readonly #writing = new Set<Writer>();
  #watch: NodeJS.Timeout | null = null;

  /** Runs `work` with a place. Refuses with 429 if the account or the network has none left. */
  async with<T>(account: string, network: string, work: (writer: Writer) => Promise<T>): Promise<T> {
    const writer = this.#enter(account, network);
    try {
      return await work(writer);
    } finally {
      this.#writing.delete(writer);
      if (this.#writing.size === 0 && this.#watch) {
        clearInterval(this.#watch);
        this.#watch = null;
      }
    }
  }

  get size(): number {
    return this.#writing.size;
  }

  /** Cuts senders that are too slow; called every second while uploads are running. */
  look(): void {
    for (const writer of this.#writing)
      if (writer.pace.isTooSlow)
        writer.cut(new HttpFault(408, 'The bytes arrive too slowly. Those received are kept; continue with the rest.'));
  }

  #enter(account: string, network: string): Writer {
    const of = (is: (writer: Writer) => boolean): number => [...this.#writing].filter(is).length;
    if (of((each) => each.account === account) >= writersOfAccount)
      throw tooMany(429, `An account may send at most ${writersOfAccount} uploads at the same time.`);
    if (of((each) => each.network === network) >= writersOfNetwork)
      throw tooMany(429, `A network may send at most ${writersOfNetwork} uploads at the same time.`);
    if (this.#writing.size >= writersAtMost) {
      const slow = [...this.#writing].filter(
        ({ pace: { soFar } }) => soFar.waited >= patience && soFar.rate < slowBelow,
      );
      const [slowest] = slow.sort((a, b) => a.pace.soFar.rate - b.pace.soFar.rate);
      slowest?.cut(
        tooMany(
          503,
          'Others are waiting, and this upload is the slowest. The bytes received are kept; continue in a moment.',
        ),
      );
      // Its place becomes free once its received bytes are stored.
      throw tooMany(503, 'Too many uploads are being written. Try again in a moment.');
    }
    const writer = new Writer(account, network);
    this.#writing.add(writer);
    this.#watch ??= setInterval(() => this.look(), lookEvery).unref();
    return writer;
  }
}

function tooMany(status: 429 | 503, sentence: string): HttpFault {
  return new HttpFault(status, sentence, { 'retry-after': retryAfter });
}
