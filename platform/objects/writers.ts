import { HttpFault } from '../http/failure.ts';
import { Pace } from '../work/pace.ts';

/** Uploads that one process writes at the same time, each with a part of 8 MiB in memory: half a gibibyte. */
const writersAtMost = 64;
/** Of these, uploads of one account, two pages with six connections each, and those that come from one network, such as an office. */
const writersOfAccount = 12;
const writersOfNetwork = 24;
/** When all places are taken, a sender makes room after this many milliseconds at fewer bytes in each: less than 64 KiB a second. */
const patience = 5_000;
const slowBelow = 64;
/** Milliseconds between two looks at who is too slow. */
const lookEvery = 1_000;
/** Seconds after which to come again. */
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
    // The reader gets it; there may be none at the moment.
    this.#cut.catch(() => undefined);
  }

  /** Ends the reading; what came stays. */
  cut(reason: HttpFault): void {
    this.#end(reason);
  }

  /** What the sender sends, until it is cut. */
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
      // Not awaited: an iterator that waits for bytes ends when they come or the connection goes.
      if (!isOver) void chunks.return?.()?.catch(() => undefined);
    }
  }
}

/**
 * Who writes now. An account and a network have a limited number of places. When all places are taken, the slowest sender makes room,
 * so that nobody keeps others from sending by sending next to nothing.
 */
export class Writers {
  readonly #writing = new Set<Writer>();
  #watch: NodeJS.Timeout | null = null;

  /** Does it with a place. Refuses with 429 when the account or the network has no more. */
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

  /** Cuts senders that are too slow; called every second while somebody writes. */
  look(): void {
    for (const writer of this.#writing)
      if (writer.pace.isTooSlow)
        writer.cut(new HttpFault(408, 'Bytes come too slowly. What came is kept; go on with the rest.'));
  }

  #enter(account: string, network: string): Writer {
    const of = (is: (writer: Writer) => boolean): number => [...this.#writing].filter(is).length;
    if (of((each) => each.account === account) >= writersOfAccount)
      throw tooMany(429, `An account sends at most ${writersOfAccount} uploads at the same time.`);
    if (of((each) => each.network === network) >= writersOfNetwork)
      throw tooMany(429, `At most ${writersOfNetwork} uploads are taken from one network at the same time.`);
    if (this.#writing.size >= writersAtMost) {
      const slow = [...this.#writing].filter(
        ({ pace: { soFar } }) => soFar.waited >= patience && soFar.rate < slowBelow,
      );
      const [slowest] = slow.sort((a, b) => a.pace.soFar.rate - b.pace.soFar.rate);
      slowest?.cut(tooMany(503, 'Others wait, and this upload is the slowest. What came is kept; go on in a moment.'));
      // Its place is free when what came is stored.
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
