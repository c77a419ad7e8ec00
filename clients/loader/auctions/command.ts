import { basename } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { between, conduct, graphCommand, type GraphFlags, unfinished, type Undertaking } from '../command.ts';
import { readCredentials } from '../credentials.ts';
import { LoaderFault } from '../fault.ts';
import { GraphClient } from '../graph/client.ts';
import { findViewer } from '../owner.ts';
import { survey } from '../read.ts';
import { perSecond, Progress, table, Waiting } from '../report.ts';
import { cents, decimal, readRecording } from './recording.ts';
import { emptySummary, replayAuctions } from './replay.ts';
import { sellerOf, signedInAs } from './seller.ts';

/** Lots that run at the same time, by default and at most: each has one pending call, and bids on several share a transaction. */
const lotsAtOnce = 16;
const lotsAtOnceAtMost = 64;

/** Characters of a run's name, which is the source of its assets. With a lot's id and a line it forms an idempotency key. */
const runAtMost = 100;

/** Multiples of the recorded clock: any slower, and a recorded lot would not end before its latest end. */
const speedLeast = 0.5;
const speedMost = 1e9;

/** Differences in the printed table. */
const differencesShown = 50;

/** The seller of the recorded lots, unless another name is given. */
const sellerName = 'Recorded Auctions';

interface Flags extends GraphFlags {
  seller: string;
  run?: string;
  lots: number;
  speed?: number;
  reserveFromPrice?: boolean;
}

export function auctionsCommand(): Command {
  return graphCommand('auctions')
    .description(
      'Replays recorded auctions from a CSV file, bid by bid, and compares the prices. An operator acts on behalf of the bidders.',
    )
    .argument('<file>', 'the recording: auctionid, bid, bidtime, bidder, openbid, price; one bid per row')
    .option('--speed <times>', 'run at this multiple of the recorded clock, instead of not waiting', speed)
    .option('--reserve-from-price', 'give each lot its recorded price as a reserve')
    .option('--run <name>', 'the name of this replay; by default the file’s name, its digest and the kind of reserve')
    .option('--seller <name>', 'the name of the selling account, created if needed', sellerName)
    .option('--lots <number>', 'lots that run at the same time', between(1, lotsAtOnceAtMost), lotsAtOnce)
    .action((file: string, flags: Flags) => conduct(new Replaying(file, flags)));
}

function speed(value: string): number {
  const times = Number(value);
  if (!(times >= speedLeast && times <= speedMost))
    throw new InvalidArgumentError(`It must be a number from ${speedLeast} to ${speedMost}.`);
  return times;
}

/** One replay. Exits with 0 if every lot was closed, and no row was invalid unless `--lenient` was given. */
class Replaying implements Undertaking {
  readonly leaving = new AbortController();
  failure: LoaderFault | null = null;
  readonly #file: string;
  readonly #flags: Flags;
  readonly #summary = emptySummary();
  #run: string | null = null;
  #graph: GraphClient | null = null;
  #seller: GraphClient | null = null;
  #progress: Progress | null = null;
  #began = performance.now();

  constructor(file: string, flags: Flags) {
    this.#file = file;
    this.#flags = flags;
  }

  async load(): Promise<void> {
    const { url, seller: sellerNamed, lots: atOnce, json, reserveFromPrice = false } = this.#flags;
    const credentials = await readCredentials(this.#flags);
    const recording = await readRecording(this.#file);
    const run = (this.#run = await this.#runName(reserveFromPrice));
    const waiting = new Waiting((text) => this.#say(text)).told;
    const graph = (this.#graph = new GraphClient(url, credentials, { waiting }, atOnce));
    const viewer = await findViewer(graph);
    const account = await sellerOf(graph, viewer, credentials, sellerNamed);
    const seller = (this.#seller = new GraphClient(url, account, { waiting }, atOnce));
    const owner = await signedInAs(findViewer(seller), sellerNamed);
    const { lots, faults, leftOut } = recording;
    const total = lots.reduce((sum, { bids }) => sum + bids.length, 0);
    console.log(`${total} bids on ${lots.length} lots of ${this.#file} go to ${url} as "${run}"`);
    console.log(`The seller is ${owner.displayName} (${owner.id})`);
    const progress = (this.#progress = new Progress({
      total,
      unit: 'bids',
      isTerminal: process.stdout.isTTY && !json,
    }));
    const summary = this.#summary;
    Object.assign(summary, { leftOut, faults });
    progress.faults(faults);
    this.#began = performance.now();
    const options = {
      run,
      recording: basename(this.#file).replace(/\.[^.]*$/, ''),
      sellerId: owner.id,
      reserveFromPrice,
      speed: this.#flags.speed ?? null,
      atOnce,
      signal: this.leaving.signal,
      progressed: (found: typeof faults) => {
        const { bids, lots: closed, refused } = summary;
        progress.done(bids, `${this.#rate} bids/s, ${closed} lots closed, ${refused} too low`);
        progress.faults(found);
      },
    };
    await replayAuctions({ operator: graph, seller }, recording, options, summary);
  }

  /** The same file with the same options continues the same run; a changed file, or other reserves, are another one. */
  async #runName(reserveFromPrice: boolean): Promise<string> {
    const { run } = this.#flags;
    if (run !== undefined) {
      if (run.trim() === '' || run.length > runAtMost)
        throw new LoaderFault(`--run must have 1 to ${runAtMost} characters.`);
      return run.trim();
    }
    const { digest } = await survey(this.#file);
    return `${basename(this.#file).slice(0, 60)} ${digest} ${reserveFromPrice ? 'with' : 'without'} reserve`;
  }

  async close(): Promise<void> {
    this.#progress?.stop();
    await this.#seller?.close();
    await this.#graph?.close();
  }

  conclude(): number {
    const { json, lenient } = this.#flags;
    const { lots, exact, refused, differences, bids, leftOut, faults, ...rest } = this.#summary;
    const seconds = this.#seconds;
    if (this.failure) process.stderr.write(`${this.failure.message}\n`);
    if (!rest.finished)
      process.stderr.write(
        unfinished(this, 'The replay is not finished.', 'no bid is placed and no lot closed twice.'),
      );
    this.#tellDifferences();
    const counted = Object.entries({
      lots,
      exact,
      'left out': leftOut,
      bids,
      'too low': refused,
      'bids/s': this.#rate,
    });
    console.log(table([...counted.map(([name, count]) => [name, String(count)]), ['seconds', seconds.toFixed(1)]]));
    if (json) {
      const figures = { lots, exact, refused, differences, bids, leftOut, ...rest, run: this.#run };
      const pace = { seconds: Number(seconds.toFixed(3)), bidsPerSecond: this.#rate };
      console.log(JSON.stringify({ ...figures, ...pace, faults, error: this.failure?.message ?? null }));
    }
    return rest.finished && (lenient || faults.length === 0) ? 0 : 1;
  }

  #tellDifferences(): void {
    const { differences, lots, exact } = this.#summary;
    if (differences.length === 0) return;
    const rows = differences
      .slice(0, differencesShown)
      .map(({ lot, recorded, closed, auctionId }) => [
        lot,
        recorded,
        closed ?? 'unsold',
        closed === null ? '' : decimal(cents(closed) - cents(recorded)),
        auctionId,
      ]);
    console.log(table([['lot', 'recorded', 'closed', 'difference', 'auction'], ...rows]));
    const more = lots - exact - rows.length;
    if (more > 0) console.log(`… and ${more} more`);
    console.log('');
  }

  get #rate(): number {
    return perSecond(this.#summary.bids, this.#seconds);
  }

  get #seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  #say(text: string): void {
    if (this.#progress) this.#progress.say(text);
    else process.stderr.write(`${text}\n`);
  }
}
