import { basename } from 'node:path';
import { Option, type Command } from 'commander';
import { between, conduct, graphCommand, type GraphFlags, unfinished, type Undertaking } from '../command.ts';
import { readCredentials } from '../credentials.ts';
import { LoaderFault } from '../fault.ts';
import { GraphClient } from '../graph/client.ts';
import { findOwner } from '../owner.ts';
import { survey } from '../read.ts';
import { perSecond, Progress, table, Waiting } from '../report.ts';
import { batchBytes, batchLines } from './batches.ts';
import { categorized } from './categories.ts';
import { emptySummary, importWorks, type ImportOptions, type Summary } from './import.ts';
import { sources } from './sources.ts';

interface Flags extends GraphFlags {
  source: string;
  owner?: string;
  run?: string;
  batch: number;
  draft?: boolean;
}

export function worksCommand(): Command {
  return graphCommand('works')
    .description('Imports works from an NDJSON file, one work per line. Importing the same file again changes nothing.')
    .argument('<file>', 'the catalogue')
    .addOption(new Option('--source <name>', 'the kind of catalogue').choices(Object.keys(sources)).default('cmoa'))
    .option(
      '--owner <id or name>',
      'the owner of the works; by default an organization named after the source, created if needed',
    )
    .option('--run <name>', 'the name of this run in the graph; by default the file’s name and digest')
    .option('--batch <lines>', `lines of one batch, at most ${batchLines}`, between(1, batchLines), batchLines)
    .option('--draft', 'leave new works as drafts that only their owner sees')
    .action((file: string, flags: Flags) => conduct(new Loading(file, flags)));
}

/** One import. Exits with 0 if every line was sent and answered, and none was rejected unless `--lenient` was given. */
class Loading implements Undertaking {
  readonly leaving = new AbortController();
  failure: LoaderFault | null = null;
  readonly #file: string;
  readonly #flags: Flags;
  readonly #summary = emptySummary();
  #graph: GraphClient | null = null;
  #progress: Progress | null = null;
  #began = performance.now();

  constructor(file: string, flags: Flags) {
    this.#file = file;
    this.#flags = flags;
  }

  async load(): Promise<void> {
    const { url, owner: wanted = null, batch, draft, json } = this.#flags;
    const source = sources[this.#flags.source];
    if (!source) throw new LoaderFault(`There is no source "${this.#flags.source}".`);
    const credentials = await readCredentials(this.#flags);
    const { lines: total, digest } = await survey(this.#file);
    const waiting = new Waiting((text) => this.#say(text)).told;
    const graph = (this.#graph = new GraphClient(url, credentials, { waiting }));
    const owner = await findOwner(graph, wanted, source.organization);
    console.log(`${total} lines of ${this.#file} go to ${owner.displayName} (${owner.id}) at ${url}`);
    const progress = (this.#progress = new Progress({
      total,
      unit: 'lines',
      isTerminal: process.stdout.isTTY && !json,
    }));
    this.#began = performance.now();
    const options: ImportOptions = {
      file: this.#file,
      source: { ...source, mapping: await categorized(graph, source) },
      ownerId: owner.id,
      run: this.#flags.run ?? `${basename(this.#file).slice(0, 80)} ${digest}`,
      total,
      publish: !draft,
      most: { lines: batch, bytes: batchBytes },
      signal: this.leaving.signal,
      progressed: (summary, faults) => {
        progress.done(summary.lines, `${this.#rate(summary)} works/s, ${summary.rejected} rejected`);
        progress.faults(faults);
      },
    };
    await importWorks(graph, options, this.#summary);
  }

  async close(): Promise<void> {
    this.#progress?.stop();
    await this.#graph?.close();
  }

  conclude(): number {
    const { json, lenient } = this.#flags;
    const { faults, ...figures } = this.#summary;
    const seconds = this.#seconds;
    const rate = this.#rate(this.#summary);
    if (this.failure) process.stderr.write(`${this.failure.message}\n`);
    if (!figures.finished)
      process.stderr.write(unfinished(this, 'The import is not finished.', 'nothing is imported twice.'));
    const { lines, created, updated, unchanged, rejected } = figures;
    const counted = Object.entries({ lines, created, updated, unchanged, rejected });
    console.log(
      table([
        ...counted.map(([name, count]) => [name, String(count)]),
        ['seconds', seconds.toFixed(1)],
        ['works/s', String(rate)],
      ]),
    );
    if (json) {
      const pace = { seconds: Number(seconds.toFixed(3)), worksPerSecond: rate };
      console.log(JSON.stringify({ ...figures, ...pace, faults, error: this.failure?.message ?? null }));
    }
    return figures.finished && (lenient || figures.rejected === 0) ? 0 : 1;
  }

  #rate({ created, updated, unchanged }: Summary): number {
    return perSecond(created + updated + unchanged, this.#seconds);
  }

  get #seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  #say(text: string): void {
    if (this.#progress) this.#progress.say(text);
    else process.stderr.write(`${text}\n`);
  }
}
