import { readFile } from 'node:fs/promises';
import type { Logger } from '../../platform/telemetry/log.ts';
import { PlannerThread, type Planner } from './planner.ts';

export interface EarlySupergraph {
  sdl: Promise<string>;
  /** The planner of that supergraph, once; of any other, and from then on, a new one in a thread of its own. */
  openPlanner(sdl: string): Promise<Planner>;
}

/** Begins to read the supergraph of a start in another thread, while this one loads and opens everything else. */
export function readEarly(path: string, log: Logger): EarlySupergraph {
  const open = (sdl: string): Promise<Planner> => new PlannerThread(log).open(sdl);
  const sdl = readFile(path, 'utf8');
  let early: Promise<Planner> | null = sdl.then(open);
  // Whoever awaits them is told; until then a refusal is nobody's unhandled one.
  sdl.catch(() => undefined);
  early.catch(() => undefined);
  return {
    sdl,
    async openPlanner(asked) {
      const first = early;
      early = null;
      if (!first) return open(asked);
      if ((await sdl) === asked) return first;
      await first.then(
        (planner) => planner.close(),
        () => undefined,
      );
      return open(asked);
    },
  };
}
