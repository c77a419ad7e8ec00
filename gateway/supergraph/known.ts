import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

/** Supergraphs that were found valid, by the hash of their SDL. */
export interface KnownSupergraphs {
  has(hash: string): boolean;
  add(hash: string): void;
}

/** Knows none: whatever is read is validated. */
export const neverKnown: KnownSupergraphs = { has: () => false, add: () => undefined };

/** The packages that read and validate a supergraph. */
const readers = ['@apollo/federation-internals', '@apollo/query-planner', 'graphql'];

/**
 * Knows the last one that this installation read, by a file. The file holds the versions of the packages beside the hash, so that a
 * newer one validates anew. A file that cannot be written costs the next start half a second and nothing else.
 */
export function lastKnown(file: string): KnownSupergraphs {
  const required = createRequire(import.meta.url);
  const versions = readers.map((name) => (required(`${name}/package.json`) as { version: string }).version);
  const line = (hash: string): string => `${hash} ${versions.join(' ')}\n`;
  return {
    has(hash) {
      try {
        return readFileSync(file, 'utf8') === line(hash);
      } catch {
        // A first start.
        return false;
      }
    },
    add(hash) {
      if (this.has(hash)) return;
      try {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(`${file}.${process.pid}`, line(hash));
        renameSync(`${file}.${process.pid}`, file);
      } catch {
        // The folder is not ours to write: the next start validates again.
      }
    },
  };
}
