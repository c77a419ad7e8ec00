import { createHash } from 'node:crypto';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { conduct, graphCommand, type GraphFlags, unfinished, type Undertaking } from '../command.ts';
import { readCredentials } from '../credentials.ts';
import { LoaderFault } from '../fault.ts';
import { GraphClient } from '../graph/client.ts';
import { findOwner, findViewer, type Owner } from '../owner.ts';
import { Progress, table, Waiting } from '../report.ts';
import { filesIn } from './folder.ts';
import { Findings } from './found.ts';
import { itemsOf, look, type Item, type ItemOptions } from './items.ts';
import { loadItems, type FilesSummary } from './load.ts';
import { unpackTar } from './tar.ts';
import { Unpacking } from './unpack.ts';
import { unpackZip } from './zip.ts';

/** Faults printed as text; the JSON has them all. */
const faultsTold = 100;

interface Flags extends GraphFlags {
  owner?: string;
  source?: string;
  group: ItemOptions['group'];
  folders: ItemOptions['folders'];
  kind?: ItemOptions['kind'];
  publish?: boolean;
}

export function filesCommand(): Command {
  return graphCommand('files')
    .description('Loads pictures, recordings and documents from a folder or an archive. Repeating it changes nothing.')
    .argument('<path>', 'a folder, a ZIP archive, or a TAR archive, optionally gzipped')
    .option(
      '--owner <id or name>',
      'the owner of the assets; by default the signed-in user, or the service’s organization',
    )
    .option(
      '--source <name>',
      'the name of the collection, 1 to 50 characters; by default that of the folder or archive',
    )
    .addOption(
      new Option('--group <by>', 'an asset for each file, or for each folder')
        .choices(['file', 'folder'])
        .default('file'),
    )
    .addOption(
      new Option('--folders <as>', 'how to use the folders of a path')
        .choices(['tags', 'category', 'nothing'])
        .default('tags'),
    )
    .addOption(
      new Option('--kind <kind>', 'the kind of all assets; by default that of the first file').choices([
        'MUSIC',
        'ART',
        'COLLECTIBLE',
        'DOCUMENT',
        'OTHER',
      ]),
    )
    .option('--publish', 'publish new assets; by default they are drafts, which only their owner sees')
    .action((path: string, flags: Flags) => conduct(new LoadingFiles(path, flags)));
}

/** One run. Exits with 0 if every file is in the graph, or only `--lenient` faults remain. */
class LoadingFiles implements Undertaking {
  readonly leaving = new AbortController();
  failure: LoaderFault | null = null;
  readonly #path: string;
  readonly #flags: Flags;
  readonly #summary: FilesSummary = {
    files: 0,
    created: 0,
    updated: 0,
    unchanged: 0,
    uploaded: 0,
    present: 0,
    finished: false,
  };
  #findings = new Findings();
  #graph: GraphClient | null = null;
  #progress: Progress | null = null;
  #unpacked: string | null = null;

  constructor(path: string, flags: Flags) {
    this.#path = path;
    this.#flags = flags;
  }

  async load(): Promise<void> {
    const { url, source, group, folders, kind = null, publish = false, json } = this.#flags;
    const credentials = await readCredentials(this.#flags);
    const name = basename(resolve(this.#path)).replace(/\.(zip|tar|tgz|tar\.gz)$/i, '');
    await this.#read();
    const looked = await look(this.#findings);
    const items = itemsOf(looked, this.#findings, { group, folders, kind, name });
    const total = items.reduce((sum, { files }) => sum + files.length, 0);
    const waiting = new Waiting((text) => this.#say(text)).told;
    const graph = (this.#graph = new GraphClient(url, credentials, { waiting }));
    const owner = await this.#owner(graph);
    console.log(`${total} files of ${this.#path} go to ${owner.displayName} (${owner.id}) at ${url}`);
    this.#progress = new Progress({ total, unit: 'files', isTerminal: process.stdout.isTTY && !json });
    await loadItems(
      graph,
      items,
      this.#findings,
      {
        url,
        owner,
        source: source ?? name.slice(0, 50),
        run: `${name.slice(0, 80)} ${digestOf(items)}`,
        publish,
        signal: this.leaving.signal,
        progressed: ({ files, uploaded }) => this.#progress?.done(files, `${uploaded} uploaded`),
      },
      this.#summary,
    );
  }

  async close(): Promise<void> {
    this.#progress?.stop();
    await this.#graph?.close();
    if (this.#unpacked !== null) await rm(this.#unpacked, { recursive: true, force: true });
  }

  conclude(): number {
    const { faults, passedOver } = this.#findings;
    const { finished, ...figures } = this.#summary;
    if (this.failure) process.stderr.write(`${this.failure.message}\n`);
    for (const { path, message } of faults.slice(0, faultsTold)) process.stderr.write(`${path}: ${message}\n`);
    if (faults.length > faultsTold) process.stderr.write(`${faults.length - faultsTold} more files have faults.\n`);
    if (!finished) process.stderr.write(unfinished(this, 'Not everything is loaded.', 'nothing is loaded twice.'));
    const counted = { ...figures, passedOver, faults: faults.length };
    console.log(table(Object.entries(counted).map(([name, count]) => [name, String(count)])));
    if (this.#flags.json)
      console.log(JSON.stringify({ ...figures, passedOver, finished, faults, error: this.failure?.message ?? null }));
    return finished && (this.#flags.lenient || faults.length === 0) ? 0 : 1;
  }

  async #read(): Promise<void> {
    const found = await stat(this.#path).catch((error: unknown) => {
      throw new LoaderFault(`${this.#path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    });
    if (found.isDirectory()) {
      this.#findings = await filesIn(this.#path);
      return;
    }
    const format = found.isFile() ? await formatOf(this.#path) : null;
    if (format === null)
      throw new LoaderFault(`${this.#path} is neither a folder nor a ZIP or TAR archive (optionally gzipped).`);
    this.#unpacked = await mkdtemp(join(tmpdir(), 'ensemble-load-'));
    const unpacking = new Unpacking(this.#unpacked, found.size);
    this.#findings = unpacking;
    if (format === 'zip') await unpackZip(this.#path, unpacking);
    else await unpackTar(this.#path, unpacking, format === 'gzip');
  }

  async #owner(graph: GraphClient): Promise<Owner> {
    const { owner: wanted } = this.#flags;
    if (wanted !== undefined) return findOwner(graph, wanted, wanted);
    const viewer = await findViewer(graph);
    return viewer.actor.owner ?? viewer;
  }

  #say(text: string): void {
    if (this.#progress) this.#progress.say(text);
    else process.stderr.write(`${text}\n`);
  }
}

/** The format of an archive, by its first bytes: names are less reliable. */
async function formatOf(path: string): Promise<'zip' | 'gzip' | 'tar' | null> {
  const file = await open(path);
  try {
    const head = Buffer.alloc(512);
    await file.read(head, 0, 512, 0);
    if (head.subarray(0, 2).toString('latin1') === 'PK') return 'zip';
    if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
    return head.subarray(257, 262).toString('latin1') === 'ustar' ? 'tar' : null;
  } finally {
    await file.close();
  }
}

/** A digest of the files, so that the same files are the same run. */
function digestOf(items: readonly Item[]): string {
  const hash = createHash('sha256');
  for (const { files } of items) for (const { path, sha256 } of files) hash.update(`${sha256} ${path}\n`);
  return hash.digest('hex').slice(0, 12);
}
