import { basename } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { readCredentials } from './credentials.ts';
import { LoaderFault } from './fault.ts';
import { GraphClient } from './graph/client.ts';
import { Progress, rateOf, table } from './report.ts';
import { batchBytes, batchLines } from './works/batches.ts';
import { categorized } from './works/categories.ts';
import { emptySummary, importWorks, type ImportOptions } from './works/import.ts';
import { findOwner } from './works/owner.ts';
import { survey } from './works/read.ts';
import { sources } from './works/sources.ts';

interface Flags {
  url: string;
  source: string;
  owner?: string;
  run?: string;
  email?: string;
  passwordFile?: string;
  keyFile?: string;
  batch: number;
  draft?: boolean;
  strict?: boolean;
  json?: boolean;
}

const program = new Command('load')
  .description('Brings catalogues into the graph, as any user would.')
  .showHelpAfterError();

program
  .command('works')
  .description('Imports works from an NDJSON file, one work a line. The same file again changes nothing.')
  .argument('<file>', 'the catalogue')
  .option('--url <url>', 'where the graph is', graphUrl, 'http://127.0.0.1:4000/graphql')
  .addOption(new Option('--source <name>', 'which catalogue it is').choices(Object.keys(sources)).default('cmoa'))
  .option(
    '--owner <id or name>',
    'whose the works are; by default an organization named after the source, founded if need be',
  )
  .option('--run <name>', 'what the graph calls this run; by default the file’s name and digest')
  .option('--email <address>', 'who signs in; by default, on this machine, the operator in DATA_DIR/operator.json')
  .option('--password-file <path>', 'the password, in a file')
  .option('--key-file <path>', 'a service key, in a file, instead of signing in')
  .option('--batch <lines>', `lines of one batch, at most ${batchLines}`, batchSize, batchLines)
  .option('--draft', 'leave new works as drafts that only their owner sees')
  .option('--strict', 'end with 1 when a line was rejected')
  .option('--json', 'print the summary as one line of JSON at the end')
  .action(async (file: string, flags: Flags) => {
    process.exitCode = await loadWorks(file, flags);
  });

/** The exit code: 0 when every line was sent and answered, 1 when not, or when a line was rejected and `--strict` was given. */
async function loadWorks(file: string, flags: Flags): Promise<number> {
  const run = new Loading(file, flags);
  const leave = (): void => run.leaving.abort();
  process.once('SIGINT', leave);
  try {
    await run.load();
  } catch (error) {
    if (!(error instanceof LoaderFault)) throw error;
    run.failure = error;
  } finally {
    process.off('SIGINT', leave);
    await run.close();
  }
  return run.conclude();
}

/** One import from the first look into the file to the table at the end. */
class Loading {
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
    const graph = (this.#graph = new GraphClient(url, credentials, {
      waiting: (error, pause) => this.#say(`${error.message} Trying again in ${(pause / 1000).toFixed(1)} s.`),
    }));
    const owner = await findOwner(graph, wanted, source.organization);
    console.log(`${total} lines of ${this.#file} go to ${owner.displayName} (${owner.id}) at ${url}`);
    const progress = (this.#progress = new Progress(total, process.stdout.isTTY && !json));
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
      progressed: (summary, faults) => progress.batch(summary, faults, this.#seconds),
    };
    await importWorks(graph, options, this.#summary);
  }

  async close(): Promise<void> {
    this.#progress?.stop();
    await this.#graph?.close();
  }

  conclude(): number {
    const { json, strict } = this.#flags;
    const { faults, ...figures } = this.#summary;
    const seconds = this.#seconds;
    if (this.failure) process.stderr.write(`${this.failure.message}\n`);
    if (!figures.finished)
      process.stderr.write('The import is not finished. Run it again: what was taken in is not taken in twice.\n');
    console.log(table(this.#summary, seconds));
    if (json) {
      const pace = { seconds: Number(seconds.toFixed(3)), worksPerSecond: rateOf(this.#summary, seconds) };
      console.log(JSON.stringify({ ...figures, ...pace, faults, error: this.failure?.message ?? null }));
    }
    return figures.finished && !(strict && figures.rejected > 0) ? 0 : 1;
  }

  get #seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  #say(text: string): void {
    if (this.#progress) this.#progress.say(text);
    else process.stderr.write(`${text}\n`);
  }
}

function graphUrl(value: string): string {
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol))
    throw new InvalidArgumentError('It is an address such as http://127.0.0.1:4000/graphql.');
  return value;
}

function batchSize(value: string): number {
  const lines = Number(value);
  if (!Number.isInteger(lines) || lines < 1 || lines > batchLines)
    throw new InvalidArgumentError(`It is a number from 1 to ${batchLines}.`);
  return lines;
}

program.parseAsync().catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof LoaderFault ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
});
