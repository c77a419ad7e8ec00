/**
 * Only one process may open a data folder: two PGlites on one folder destroy it. The lock is a file that names its holder. It is created
 * atomically (by a link to a written file). A stale lock is replaced only under a second lock, so that two processes cannot both take it
 * over.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, readlinkSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Interval (ms) at which the holder touches its lock; needed only across containers, where process ids mean nothing. */
const HEARTBEAT_MS = 5_000;
/** Time (ms) after which an untouched lock of another container is stale. */
const SILENT_MS = 15_000;
/** Maximum nesting of takeovers: a killed takeover leaves its own stale lock, but more levels mean another fault. */
const MAX_DEPTH = 3;

interface Holder {
  pid: number;
  /** Start time of the process in clock ticks after boot, if there is /proc: process ids are reused. */
  startTime: string | null;
  bootId: string | null;
  /** The namespace of the process id: each container has its own. */
  pidNamespace: string | null;
  token: string;
  since: string;
}

/** Another process has the data folder open. */
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

/** Locks an existing `folder`. Reports the takeover of a stale lock to `onTakeover`. Throws `DataFolderLocked`. */
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
  if (depth > MAX_DEPTH) throw new Error(`The locks in ${folder} are inconsistent; remove ${path} by hand.`);
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

/** Creates the lock file with its content atomically; false if there is one. */
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

/** The holder named in a lock file; a placeholder if the file is unreadable (a power failure); null if there is none. */
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

/** Why the holder has ended; null if it runs, or may run. */
function whyStale(holder: Holder, path: string): string | null {
  if (holder.pid <= 0) return 'its lock cannot be read';
  const boot = bootId();
  if (holder.bootId !== null && boot !== null && holder.bootId !== boot) return 'the machine was rebooted since';
  const namespace = pidNamespace();
  if (holder.pidNamespace !== null && namespace !== null && holder.pidNamespace !== namespace) {
    const silent = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    return silent > SILENT_MS ? `another container's process that has been silent for ${SILENT_MS / 1000} s` : null;
  }
  if (!isRunning(holder.pid)) return 'that process has ended';
  const startTime = processStart(holder.pid);
  if (holder.startTime !== null && startTime !== null && holder.startTime !== startTime) {
    return 'its process id now belongs to another process';
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
  // A zombie answers signals but has nothing open.
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

/** Null if the file is missing: it was deleted, there is no /proc, or the process has ended. */
function unlessMissing(error: unknown): null {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ESRCH' || code === 'ENOTDIR' || code === 'EACCES') return null;
  throw error;
}
