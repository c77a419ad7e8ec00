import { LRUCache } from 'lru-cache';
import type { Logger } from '../../platform/telemetry/log.ts';
import { Gcra } from '../limits/gcra.ts';
import type { Sender } from './sender.ts';

/** Documents that are remembered as logged, at about 200 bytes each. */
const mostRemembered = 1_000;
/** Lines a second, and at once: whoever sends ever new documents must not fill the log. */
const pace = { rate: 1, burst: 100 };

/** Logs documents that no manifest lists: each once per client and outcome, as long as it is remembered. */
export class Strangers {
  readonly #log: Logger;
  readonly #logged = new LRUCache<string, true>({ max: mostRemembered });
  readonly #pace = new Gcra(1);
  #omitted = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  note(hash: string, { actor, program, userAgent }: Sender, outcome: 'ran' | 'refused'): void {
    const client = program ?? userAgent;
    const key = `${outcome} ${hash} ${client ?? ''}`;
    if (this.#logged.has(key)) return;
    if (this.#pace.wait('lines', 1, pace) > 0) {
      this.#omitted += 1;
      return;
    }
    this.#pace.take('lines', 1, pace);
    this.#logged.set(key, true);
    const omitted = this.#omitted;
    this.#omitted = 0;
    this.#log.warn(
      { document: hash, client, actor: actor.id, outcome, ...(omitted > 0 ? { omitted } : {}) },
      'no manifest lists this document',
    );
  }
}
