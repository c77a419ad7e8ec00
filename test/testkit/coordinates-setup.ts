import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordFolder } from '../../schema/capability-record.ts';
import { isRunning } from './throwaway.ts';

/**
 * Clears the record of earlier runs, which proves nothing about this one. Each run leaves a file `run-<pid>` and clears only when no
 * other is in progress: a second project, a run started by a test, or one in another terminal.
 */
export function setup(): void {
  mkdirSync(recordFolder, { recursive: true });
  const runs = readdirSync(recordFolder).flatMap((name) => /^run-(\d+)$/.exec(name)?.[1] ?? []);
  if (!runs.some((pid) => isRunning(Number(pid)))) {
    for (const name of readdirSync(recordFolder)) rmSync(join(recordFolder, name), { force: true });
  }
  writeFileSync(join(recordFolder, `run-${process.pid}`), '');
}
