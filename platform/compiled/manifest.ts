/** The manifest that `compile.ts` writes into `dist/program`, and whether it still matches our sources. Erasable TypeScript without packages. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Manifest {
  /** The folder of this compilation, below `dist/program`: its name is unique, so that a running program keeps its files. */
  folder: string;
  /** The compiled file of each program, by the path of its source. */
  programs: Record<string, string>;
  /** Every file compiled into them, by its path. */
  sources: Record<string, Source>;
}

export interface Source {
  size: number;
  modified: number;
  sha256: string;
}

/** The root folder of the repository. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

export const compiledFolder = (tree: string): string => join(tree, 'dist/program');
/** Says which packages are compiled into the programs: a source like any other. */
export const packageLock = 'package-lock.json';
/** Beside the compiled threads: what was read of the supergraph ahead. */
export const preparedFile = 'supergraph.bin';
export const manifestFile = (tree: string): string => join(compiledFolder(tree), 'manifest.json');

/** Reads a file and describes it. The text comes with it, so that the compiled and the recorded bytes are the same. */
export function readSource(path: string): { text: string; source: Source } {
  const { size, mtimeMs } = statSync(path);
  const bytes = readFileSync(path);
  return { text: bytes.toString('utf8'), source: { size, modified: mtimeMs, sha256: hashOf(bytes) } };
}

/**
 * The compiled file of a program; null if none was made, or if a source of any program has changed since. The caller then loads
 * the sources, so old code never runs.
 */
export function compiledProgram(tree: string, program: string): string | null {
  const manifest = readManifest(tree);
  const file = manifest?.programs[program];
  if (!manifest || !file) return null;
  for (const [path, source] of Object.entries(manifest.sources))
    if (!isUnchanged(join(tree, path), source)) return null;
  return join(compiledFolder(tree), manifest.folder, file);
}

/** The manifest of the published compilation; null if there is none. */
export function readManifest(tree: string): Manifest | null {
  try {
    return JSON.parse(readFileSync(manifestFile(tree), 'utf8')) as Manifest;
  } catch {
    // Missing or unreadable: the caller falls back to the sources.
    return null;
  }
}

/** A file that was copied or checked out again has another time and the same content; only then is it read. */
function isUnchanged(path: string, { size, modified, sha256 }: Source): boolean {
  const now = statSync(path, { throwIfNoEntry: false });
  if (now?.size !== size) return false;
  return now.mtimeMs === modified || hashOf(readFileSync(path)) === sha256;
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
