import { chownSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { temporaryParent } from './config.ts';

/** The owner of a throwaway folder, stored in it so that later runs recognise abandoned ones. */
interface Owner {
  pid: number;
  /** Start time in ticks and the boot id: pids are reused. */
  startedAt: string | null;
  boot: string | null;
  host: string;
}

const ownerFile = 'owner.json';

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process has ended, or there is no /proc: null means "unknown".
    return null;
  }
}

/** State letter and start time of a process by /proc; `null` when it is gone or there is no /proc. */
function processStat(pid: number): { state: string; startedAt: string } | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The second field is the name in parentheses and may contain spaces: count from after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startedAt: fields[19] ?? '' };
}

/** Whether a process runs. A zombie does not: it only waits for its parent. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return processStat(pid)?.state !== 'Z';
}

/** Sends a signal; ignores a process that has ended. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Blocks until the process has ended or `limit` milliseconds have passed: exit handlers cannot await. */
export function waitForEndSync(pid: number, limit: number): boolean {
  const until = Date.now() + limit;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (isRunning(pid)) {
    if (Date.now() > until) return false;
    Atomics.wait(cell, 0, 0, 10);
  }
  return true;
}

/** Ends a process by signal `name`, and by SIGKILL if it still runs after two seconds. Blocks. */
export function endSync(pid: number, name: NodeJS.Signals): void {
  signal(pid, name);
  if (waitForEndSync(pid, 2_000)) return;
  signal(pid, 'SIGKILL');
  waitForEndSync(pid, 2_000);
}

function self(): Owner {
  return {
    pid: process.pid,
    startedAt: processStat(process.pid)?.startedAt ?? null,
    boot: read('/proc/sys/kernel/random/boot_id')?.trim() ?? null,
    host: hostname(),
  };
}

function isAlive(owner: Owner): boolean {
  const me = self();
  // A folder of another machine or container on a shared disk: leave it.
  if (owner.host !== me.host) return true;
  if (owner.boot !== me.boot || !isRunning(owner.pid)) return false;
  return owner.startedAt === null || processStat(owner.pid)?.startedAt === owner.startedAt;
}

/** Creates a folder `ensemble-<kind>-…` for this process, owned by `user` if given. */
export function throwawayFolder(kind: string, user?: { uid: number; gid: number } | null): string {
  const folder = mkdtempSync(join(temporaryParent(), `ensemble-${kind}-`));
  writeFileSync(join(folder, ownerFile), JSON.stringify(self()));
  if (user) chownSync(folder, user.uid, user.gid);
  return folder;
}

/** Deletes a throwaway folder with its contents. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

/**
 * Removes what ended processes have left: their folders of this kind, after `end` has ended the programs still running in them.
 * Returns the removed folders.
 */
export function removeAbandoned(kind: string, end: (folder: string) => void): string[] {
  const removed: string[] = [];
  for (const name of readdirSync(temporaryParent())) {
    if (!name.startsWith(`ensemble-${kind}-`)) continue;
    const folder = join(temporaryParent(), name);
    const written = read(join(folder, ownerFile));
    // A folder without an owner has just been created, or is not the testkit's.
    if (written === null || written === '' || isAlive(JSON.parse(written) as Owner)) continue;
    end(folder);
    removeFolder(folder);
    removed.push(folder);
  }
  return removed;
}

/** Ends the process whose pid is on the first line of `pidFile`, if its command line contains `folder`: pids are reused. */
export function endByPidFile(pidFile: string, folder: string, name: NodeJS.Signals): void {
  const pid = Number.parseInt(read(pidFile)?.split('\n')[0] ?? '', 10);
  if (!Number.isSafeInteger(pid) || pid <= 1) return;
  if (read(`/proc/${pid}/cmdline`)?.includes(folder)) endSync(pid, name);
}

/** A port of 127.0.0.1 that was free just now. Another process may take it meanwhile: callers must retry. */
export function freePort(): Promise<number> {
  const server = createServer();
  return new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('The system gave no port.'));
      });
    });
  });
}
