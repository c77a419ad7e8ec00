import { Unavailable } from '../errors/errors.ts';

export interface FairQueueOptions {
  /** Pieces of work that go on at once. */
  atOnce: number;
  /** How many of them may be heavy; the other places stay for what is quickly done. */
  heavyAtOnce?: number;
  /** Places in the queue, in all and for each who asks. */
  waitingAtMost: number;
  waitingAtMostEach: number;
  /** What somebody is told who finds no place. */
  full: string;
}

export interface Asked<T> {
  /** Who asks and has turns of its own: a network, an account. */
  who: string;
  /** The same key asks for the same result: it is made once for all who wait for it. */
  key: string;
  heavy?: boolean;
  /** Aborted when the asker waits no longer. */
  signal?: AbortSignal;
  /** Its signal is aborted when nobody waits any more: between two steps it should look and give up. */
  work: (nobodyWaits: AbortSignal) => Promise<T>;
}

interface Asker {
  who: string;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

interface Job {
  key: string;
  heavy: boolean;
  work: (nobodyWaits: AbortSignal) => Promise<unknown>;
  running: boolean;
  /** In so many lines it stands. */
  places: number;
  nobodyWaits: AbortController;
  askers: Set<Asker>;
}

/**
 * Heavy work for many: so much goes on at once, so much waits, and whoever asks has a turn after everybody else who asks, however
 * much one of them wants. What nobody waits for any more is not begun. When all places are taken, the last of whoever has most of
 * them makes room for somebody with less, so that nobody fills the queue for others. UNAVAILABLE to whoever finds no place.
 */
export class FairQueue {
  readonly #options: FairQueueOptions;
  readonly #jobs = new Map<string, Job>();
  /** By who asks, in the order of their turns; none is empty. A job stands in the line of each who waits for it. */
  readonly #lines = new Map<string, Job[]>();
  #waiting = 0;
  #running = 0;
  #heavy = 0;

  constructor(options: FairQueueOptions) {
    this.#options = options;
  }

  /** Places that are taken, and pieces of work that go on. */
  get size(): { waiting: number; running: number } {
    return { waiting: this.#waiting, running: this.#running };
  }

  /** The result of the work, once for all who ask under its key. Rejects with the signal's reason when it is aborted. */
  ask<T>({ who, key, heavy = false, signal, work }: Asked<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      signal?.throwIfAborted();
      let job = this.#jobs.get(key);
      if (!job && !this.#startsAtOnce(heavy)) this.#makeRoom(who);
      if (!job) {
        job = { key, heavy, work, running: false, places: 0, nobodyWaits: new AbortController(), askers: new Set() };
        this.#jobs.set(key, job);
      }
      this.#join(job, who, { resolve: resolve as Asker['resolve'], reject }, signal);
      this.#next();
    });
  }

  #join(job: Job, who: string, { resolve, reject }: Omit<Asker, 'who'>, signal?: AbortSignal): void {
    const left = (): void => {
      this.#leave(job, asker);
      asker.reject(signal?.reason);
    };
    const over = (): void => signal?.removeEventListener('abort', left);
    const asker: Asker = {
      who,
      resolve: (result) => (over(), resolve(result)),
      reject: (error) => (over(), reject(error)),
    };
    signal?.addEventListener('abort', left, { once: true });
    job.askers.add(asker);
    const line = this.#lines.get(who) ?? [];
    if (job.running || line.includes(job)) return;
    // Who joins what others wait for and has no place left is served when they are.
    if (job.askers.size > 1 && !this.#hasPlace(line)) return;
    this.#enlist(job, who);
  }

  #enlist(job: Job, who: string): void {
    const line = this.#lines.get(who) ?? [];
    line.push(job);
    this.#lines.set(who, line);
    job.places += 1;
    this.#waiting += 1;
  }

  #startsAtOnce(heavy: boolean): boolean {
    const { atOnce, heavyAtOnce = atOnce } = this.#options;
    return this.#running < atOnce && (!heavy || this.#heavy < heavyAtOnce);
  }

  #hasPlace(line: readonly Job[]): boolean {
    return line.length < this.#options.waitingAtMostEach && this.#waiting < this.#options.waitingAtMost;
  }

  /** Sees to a place for one more of `who`, or throws. */
  #makeRoom(who: string): void {
    const own = this.#lines.get(who)?.length ?? 0;
    const full = (): Unavailable => new Unavailable(this.#options.full, { retryAfter: 1 });
    if (own >= this.#options.waitingAtMostEach) throw full();
    if (this.#waiting < this.#options.waitingAtMost) return;
    let longest: [string, Job[]] = [who, []];
    for (const entry of this.#lines) if (entry[1].length > longest[1].length) longest = entry;
    const [most, line] = longest;
    const last = line.at(-1);
    if (!last || line.length <= own + 1) throw full();
    for (const asker of [...last.askers].filter((each) => each.who === most)) {
      this.#leave(last, asker);
      asker.reject(full());
    }
  }

  #leave(job: Job, asker: Asker): void {
    job.askers.delete(asker);
    if (!job.running && ![...job.askers].some(({ who }) => who === asker.who)) this.#unlist(job, asker.who);
    const [next] = job.askers;
    // Who joined without a place of its own takes over the one of who left.
    if (next && !job.running && job.places === 0) this.#enlist(job, next.who);
    if (next) return;
    if (this.#jobs.get(job.key) === job) this.#jobs.delete(job.key);
    job.nobodyWaits.abort(new Error('Nobody waits for this any more.'));
  }

  #unlist(job: Job, who: string): void {
    const line = this.#lines.get(who);
    const at = line?.indexOf(job) ?? -1;
    if (!line || at < 0) return;
    line.splice(at, 1);
    job.places -= 1;
    this.#waiting -= 1;
    if (line.length === 0) this.#lines.delete(who);
  }

  /** Begins whatever has a free place now, one of each who asks after the other. */
  #next(): void {
    for (;;) {
      const turn = this.#turn();
      if (!turn) return;
      const [who, job] = turn;
      for (const { who: each } of job.askers) this.#unlist(job, each);
      const rest = this.#lines.get(who);
      if (rest) {
        this.#lines.delete(who);
        this.#lines.set(who, rest);
      }
      void this.#run(job);
    }
  }

  #turn(): [string, Job] | null {
    for (const [who, line] of this.#lines) {
      const job = line.find(({ heavy }) => this.#startsAtOnce(heavy));
      if (job) return [who, job];
    }
    return null;
  }

  async #run(job: Job): Promise<void> {
    job.running = true;
    this.#running += 1;
    if (job.heavy) this.#heavy += 1;
    let settle: (asker: Asker) => void;
    try {
      const result = await job.work(job.nobodyWaits.signal);
      settle = ({ resolve }) => resolve(result);
    } catch (error) {
      settle = ({ reject }) => reject(error);
    }
    if (this.#jobs.get(job.key) === job) this.#jobs.delete(job.key);
    this.#running -= 1;
    if (job.heavy) this.#heavy -= 1;
    for (const asker of job.askers) settle(asker);
    this.#next();
  }
}
