import { embeddedDatabase, type OpenedEngine } from '../../../platform/database/embedded/embedded.ts';
import { Engine } from '../../../platform/database/embedded/engine.ts';
import type { EmbeddedDatabase } from '../../../platform/database/database.ts';

/** Maximum idle engines of this process, at some 200 MB each. Most files open a database of one of five sets of OSes. */
const idleAtMost = 5;

/** An embedded in-memory database that can be reset to its state after opening. */
class ResettableEngine extends Engine {
  constructor(loadDataDir: Blob) {
    super({ folder: null, loadDataDir }, new URL('./worker.ts', import.meta.url));
  }

  async reset(): Promise<boolean> {
    return (await this.request({ kind: 'reset' }, 'reset')).done;
  }
}

/** Unused engines, the most recently returned last. */
const idle: { key: string; engine: ResettableEngine }[] = [];

/** Number of engines opened in this process. */
export const engines = { opened: 0 };

/** An engine while one database is open on it. */
class Lent implements OpenedEngine {
  readonly #key: string;
  readonly #engine: ResettableEngine;
  #closed = false;
  #underWay = 0;
  #failed = false;
  onFailure: (error: Error) => void = () => {};

  constructor(key: string, engine: ResettableEngine) {
    this.#key = key;
    this.#engine = engine;
    engine.onFailure = (error) => {
      this.#failed = true;
      this.onFailure(error);
    };
  }

  exchange(bytes: Uint8Array, onBytes: (bytes: Uint8Array) => void, onDone: (error?: Error) => void): void {
    if (this.#closed) return onDone(new Error('This database is closed.'));
    this.#underWay += 1;
    this.#engine.exchange(bytes, onBytes, (error) => {
      this.#underWay -= 1;
      onDone(error);
    });
  }

  dump(compression: 'none' | 'gzip'): Promise<Blob> {
    return this.#engine.dump(compression);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.onFailure = () => {};
    const again = this.#underWay === 0 && !this.#failed && (await this.#engine.reset().catch(() => false));
    if (again) idle.push({ key: this.#key, engine: this.#engine });
    else await this.#engine.close();
    if (idle.length > idleAtMost) await idle.shift()!.engine.close();
  }
}

/** An engine in its state after opening, with the database of this template. Closing returns it. */
export async function lendEngine(key: string, template: () => Promise<Blob>): Promise<OpenedEngine> {
  const n = idle.findLastIndex((each) => each.key === key);
  if (n >= 0) return new Lent(key, idle.splice(n, 1)[0]!.engine);
  engines.opened += 1;
  const engine = new ResettableEngine(await template());
  await engine.opened();
  return new Lent(key, engine);
}

/**
 * An in-memory database equal to its template: on a reset engine of the same template, which takes some 50 ms, or on a new one, which
 * takes a second.
 */
export async function databaseOf(key: string, template: () => Promise<Blob>): Promise<EmbeddedDatabase> {
  const nothing = (): void => {};
  return embeddedDatabase(await lendEngine(key, template), nothing, nothing);
}

/** Ends the idle engines of a template. */
export async function endIdleEngines(key: string): Promise<void> {
  const ending = idle.filter((each) => each.key === key);
  idle.splice(0, idle.length, ...idle.filter((each) => each.key !== key));
  for (const { engine } of ending) await engine.close();
}
