/**
 * One process at a time may open a data folder: two PGlites on one folder destroy it. The lock is a file that says who
 * holds it. It appears complete or not at all (a link to a file already written), and a stale one is replaced only by
 * the holder of a second lock on the replacing itself, so that two processes that find the same stale lock cannot both
 * take it over.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, readlinkSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The holder touches its lock this often (ms); it matters only across containers, where a process id says nothing. */
const HEARTBEAT_MS = 5_000;
/** A lock of another container that was not touched for so long (ms) is stale. */
const SILENT_MS = 15_000;
/** A takeover that was itself killed leaves its own stale lock; deeper than this something else is wrong. */
const MAX_DEPTH = 3;

interface Holder {
  pid: number;
  /** Clock ticks after boot at which the process began, where there is /proc: a process id is used again. */
  startTime: string | null;
  bootId: string | null;
  /** The process ids' namespace: another container counts its own. */
  pidNamespace: string | null;
  token: string;
  since: string;
}

/** Somebody else has the data folder open. */
export class DataFolderLocked extends Error {
  readonly pid: number;

  constructor(folder: string, holder: Pick<Holder, 'pid' | 'since'>, why: string) {
    super(
      `The data folder ${folder} is in use by process ${holder.pid} since ${holder.since} (${why}). An embedded ` +
        `database belongs to one process: stop that one, choose another folder, or use a Postgres server.`,
    );
    this.name = 'DataFolderLocked';
    this.pid = holder.pid;
  }
}

export interface DataFolderLock {
  release(): void;
}

/** Takes the lock of `folder`, which exists. `onTakeover` is told of a stale one. Throws `DataFolderLocked`. */
export function lockDataFolder(folder: string, onTakeover: (message: string) => void): DataFolderLock {
  const path = join(folder, 'lock');
  const token = acquire(folder, path, onTakeover, 0);
  const heartbeat = setInterval(() => {
    if (read(path)?.token === token) utimesSync(path, new Date(), new Date());
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return {
    release() {
      clearInterval(heartbeat);
      if (read(path)?.token === token) rmSync(path, { force: true });
    },
  };
}

function acquire(folder: string, path: string, onTakeover: (message: string) => void, depth: number): string {
  if (depth > MAX_DEPTH) throw new Error(`The locks in ${folder} cannot be made sense of; remove ${path} by hand.`);
  const me = self();
  if (create(path, me)) return me.token;
  const holder = read(path);
  if (holder === null) return acquire(folder, path, onTakeover, depth + 1);
  const staleness = whyStale(holder, path);
  if (staleness === null) throw new DataFolderLocked(folder, holder, 'it is running');

  const takeover = `${path}.takeover`;
  const takeoverToken = acquire(folder, takeover, onTakeover, depth + 1);
  try {
    const now = read(path);
    if (now !== null && now.token !== holder.token) throw new DataFolderLocked(folder, now, 'it was faster');
    rmSync(path, { force: true });
    if (!create(path, me)) {
      throw new DataFolderLocked(folder, read(path) ?? holder, 'it was faster');
    }
  } finally {
    if (read(takeover)?.token === takeoverToken) rmSync(takeover, { force: true });
  }
  onTakeover(`Took over the lock of ${folder} from process ${holder.pid} since ${holder.since}: ${staleness}.`);
  return me.token;
}

/** Makes the lock file with its content in one step. False when there is one. */
function create(path: string, holder: Holder): boolean {
  const draft = `${path}.${holder.token}`;
  writeFileSync(draft, JSON.stringify(holder), { flag: 'wx', mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * The holder that a lock file names; one without sense (a power cut) when it cannot be read; null when there is none.
 */
function read(path: string): Holder | null {
  const text = readFile(path);
  if (text === null) return null;
  try {
    const holder = JSON.parse(text) as Holder;
    if (Number.isSafeInteger(holder.pid) && typeof holder.token === 'string') return holder;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { pid: 0, startTime: null, bootId: null, pidNamespace: null, token: `unreadable ${text}`, since: 'unknown' };
}

/** Why the holder cannot be alive any more, or null when it is, or may be. */
function whyStale(holder: Holder, path: string): string | null {
  if (holder.pid <= 0) return 'its lock cannot be read';
  const boot = bootId();
  if (holder.bootId !== null && boot !== null && holder.bootId !== boot) return 'the machine was started anew since';
  const namespace = pidNamespace();
  if (holder.pidNamespace !== null && namespace !== null && holder.pidNamespace !== namespace) {
    const silent = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    return silent > SILENT_MS ? `another container's process that gave no sign for ${SILENT_MS / 1000} s` : null;
  }
  if (!isRunning(holder.pid)) return 'that process is gone';
  const startTime = processStart(holder.pid);
  if (holder.startTime !== null && startTime !== null && holder.startTime !== startTime) {
    return 'its process id belongs to another process now';
  }
  return null;
}

function self(): Holder {
  return {
    pid: process.pid,
    startTime: processStart(process.pid),
    bootId: bootId(),
    pidNamespace: pidNamespace(),
    token: randomUUID(),
    since: new Date().toISOString(),
  };
}

function isRunning(pid: number): boolean {
  // A zombie answers signals but holds nothing open any more.
  const state = statFields(pid)?.[0];
  if (state === 'Z' || state === 'X') return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function processStart(pid: number): string | null {
  return statFields(pid)?.[19] ?? null;
}

/** The fields of /proc/<pid>/stat from the third (state) on; the second is a name that may hold spaces and brackets. */
function statFields(pid: number): string[] | null {
  const stat = readFile(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? null;
}

function bootId(): string | null {
  return readFile('/proc/sys/kernel/random/boot_id')?.trim() ?? null;
}

function pidNamespace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch (error) {
    return unlessMissing(error);
  }
}

function readFile(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return unlessMissing(error);
  }
}

/** Null for what is not there: a file that went away, a system without /proc, a process that ended. */
function unlessMissing(error: unknown): null {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ESRCH' || code === 'ENOTDIR' || code === 'EACCES') return null;
  throw error;
}
