import { Unavailable } from '../errors/errors.ts';

export interface FairQueueOptions {
  /** Jobs that run at once. */
  atOnce: number;
  /** How many of them may be heavy; the other places are for quick jobs. */
  heavyAtOnce?: number;
  /** Places in the queue, in total and for each caller. */
  waitingAtMost: number;
  waitingAtMostEach: number;
  /** The error message for a caller who finds no place. */
  full: string;
}

export interface Asked<T> {
  /** The caller that turns are counted for: a network, an account. */
  who: string;
  /** Calls with the same key get the same result: it is made once for all of them. */
  key: string;
  heavy?: boolean;
  /** Aborted when the caller stops waiting. */
  signal?: AbortSignal;
  /** The signal aborts when no caller waits any more: long work checks it between steps and stops. */
  work: (abandoned: AbortSignal) => Promise<T>;
}

interface Asker {
  who: string;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

interface Job {
  key: string;
  heavy: boolean;
  work: (abandoned: AbortSignal) => Promise<unknown>;
  running: boolean;
  /** The number of lines it stands in. */
  places: number;
  abandoned: AbortController;
  askers: Set<Asker>;
}

/**
 * A fair queue for heavy work: limits running and waiting jobs, and gives every caller a turn in rotation, however many jobs one of
 * them has. A job that no caller waits for is not started. When all places are taken, the last job of the caller with the most
 * places makes room for a caller with fewer, so that nobody can fill the queue. UNAVAILABLE for a caller who finds no place.
 */
export class FairQueue {
  readonly #options: FairQueueOptions;
  readonly #jobs = new Map<string, Job>();
  /** Lines by caller, in the order of their turns; none is empty. A job stands in the line of each caller that waits for it. */
  readonly #lines = new Map<string, Job[]>();
  #waiting = 0;
  #running = 0;
  #heavy = 0;

  constructor(options: FairQueueOptions) {
    this.#options = options;
  }

  /** The number of waiting places taken and of running jobs. */
  get size(): { waiting: number; running: number } {
    return { waiting: this.#waiting, running: this.#running };
  }

  /** The result of the work, made once for all calls with its key. Rejects with the signal's reason when it aborts. */
  ask<T>({ who, key, heavy = false, signal, work }: Asked<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      signal?.throwIfAborted();
      let job = this.#jobs.get(key);
      if (!job && !this.#startsAtOnce(heavy)) this.#makeRoom(who);
      if (!job) {
        job = { key, heavy, work, running: false, places: 0, abandoned: new AbortController(), askers: new Set() };
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
    // A caller without a free place that joins a waiting job is served with the others.
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

  /** Ensures a place for one more job of `who`, or throws. */
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
    // A caller that joined without a place takes over the place of the one that left.
    if (next && !job.running && job.places === 0) this.#enlist(job, next.who);
    if (next) return;
    if (this.#jobs.get(job.key) === job) this.#jobs.delete(job.key);
    job.abandoned.abort(new Error('No caller waits for this any more.'));
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

  /** Starts jobs while there are free places, one of each caller in turn. */
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
      const result = await job.work(job.abandoned.signal);
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
