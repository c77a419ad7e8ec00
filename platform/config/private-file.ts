import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ZodType } from 'zod';
import { ConfigFault } from './fault.ts';

/** The content of one of our files, or null if it does not exist. Throws `ConfigFault` if it has another shape. */
export function readPrivateFile<T>(path: string, shape: ZodType<T>): T | null {
  const text = textIn(path);
  if (text === null) return null;
  const parsed = shape.safeParse(jsonIn(text));
  if (!parsed.success) throw new ConfigFault(`${path}: is not a file that this program wrote; move it away`);
  return parsed.data;
}

/** The text of a file, or null if it does not exist. */
export function textIn(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Writes a file that only its owner may read, whole or not at all. */
export function writePrivateFile(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.new`;
  // A draft left by a killed process may have other permissions than a new file gets.
  rmSync(draft, { force: true });
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { flag: 'wx', mode: 0o600 });
  renameSync(draft, path);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
