import { readFile } from 'node:fs/promises';
import { ConfigFault } from '../../platform/config/fault.ts';
import { Unavailable } from '../../platform/errors/errors.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import { PlannerThread, type Planner } from './planner.ts';

export interface EarlySupergraph {
  sdl: Promise<string>;
  /** Returns the early planner once if it read this SDL; otherwise opens a new one in a separate thread. */
  openPlanner(sdl: string): Promise<Planner>;
}

/**
 * Starts to read the supergraph in another thread, while this one loads and opens everything else. Rejects with `ConfigFault` if the
 * file is missing or no supergraph.
 */
export function readEarly(path: string, log: Logger): EarlySupergraph {
  const open = (sdl: string): Promise<Planner> =>
    new PlannerThread(log).open(sdl).catch((error: unknown) => {
      throw error instanceof Unavailable ? error : notRead(`${path} is no supergraph`, error);
    });
  const sdl = readFile(path, 'utf8').catch((error: unknown) => {
    throw notRead(`${path} cannot be read`, error);
  });
  let early: Promise<Planner> | null = sdl.then(open);
  // Callers that await these promises get the error; until then it must not be an unhandled rejection.
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

function notRead(what: string, error: unknown): ConfigFault {
  const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n\n', 1);
  return new ConfigFault(`SUPERGRAPH: ${what}: ${reason}`);
}
