import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { testConfig } from './config.ts';

/** Whether `path` is a file that this user may execute. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Absent or not ours to run: either way it cannot be used, which is what was asked.
    return false;
  }
}

/** The first executable of one of these names on the PATH, symbolic links followed; `null` when there is none. */
export function findExecutable(...names: string[]): string | null {
  for (const name of names) {
    for (const folder of testConfig().searchPath) {
      const path = join(folder, name);
      if (isExecutable(path)) return realpathSync(path);
    }
  }
  return null;
}
