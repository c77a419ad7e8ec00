import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../port.ts';

/** PGlite's major version; only the same major version can read a cluster. */
const POSTGRES_MAJOR = '18';

/** The cluster in a data folder, which also holds the lock. */
export class ClusterFolder {
  readonly path: string;
  readonly #mark: string;

  constructor(dataDir: string) {
    this.path = join(dataDir, 'postgres');
    this.#mark = join(dataDir, 'cluster.json');
  }

  get exists(): boolean {
    return existsSync(this.#mark);
  }

  /**
   * Prepares the folder for opening; the caller must hold the lock. Moves aside the remains of a first start that was killed half-way: they hold
   * no data and cannot be opened. Throws for another major version.
   */
  prepare(report: Report): void {
    if (this.exists) {
      const { postgres } = JSON.parse(readFileSync(this.#mark, 'utf8')) as { postgres: string };
      if (postgres === POSTGRES_MAJOR) return;
      throw new Error(
        `${this.path} is a cluster of Postgres ${postgres}, and this program embeds Postgres ${POSTGRES_MAJOR}. ` +
          `Dump it with the program that wrote it and load it into a new folder.`,
      );
    }
    if (existsSync(this.path)) {
      const aside = `${this.path}.incomplete-${Date.now()}`;
      renameSync(this.path, aside);
      report(`A first start did not finish; what it left was moved to ${aside}.`);
    }
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
  }

  /** Marks the cluster as complete after it was opened once. */
  complete(): void {
    if (this.exists) return;
    const draft = `${this.#mark}.new`;
    writeFileSync(draft, `${JSON.stringify({ postgres: POSTGRES_MAJOR })}\n`);
    renameSync(draft, this.#mark);
  }
}
