import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { testConfig } from './config.ts';

/** Whether `path` is a file that this user may execute. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    // Absent or not executable: it cannot be used either way.
    return false;
  }
}

/** The first executable with one of these names on the PATH, symbolic links resolved; `null` if there is none. */
export function findExecutable(...names: string[]): string | null {
  for (const name of names) {
    for (const folder of testConfig().searchPath) {
      const path = join(folder, name);
      if (isExecutable(path)) return realpathSync(path);
    }
  }
  return null;
}
