import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { coordinatesFolder } from './coordinates.ts';

/**
 * Runs once before the tests of a run, whatever its projects: what an earlier run recorded proves nothing about this one. The
 * file `run` holds the process of the run, so that the second project does not clear what the first has begun to write.
 */
export function setup(): void {
  const marker = join(coordinatesFolder, 'run');
  try {
    if (readFileSync(marker, 'utf8') === String(process.pid)) return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  rmSync(coordinatesFolder, { recursive: true, force: true });
  mkdirSync(coordinatesFolder, { recursive: true });
  writeFileSync(marker, String(process.pid));
}
