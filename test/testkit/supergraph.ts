import { PlannerThread, type Planner } from '../../gateway/planning/planner.ts';
import { readSupergraph } from '../../gateway/planning/read.ts';
import { readParts, type SupergraphValue } from '../../gateway/supergraph/value.ts';
import { createLog } from '../../platform/telemetry/log.ts';

let thread: PlannerThread | null = null;

/** Opens planners in one thread for all worlds of this process: loading the planner takes longer than reading most supergraphs. */
export function openPlanner(sdl: string): Promise<Planner> {
  thread ??= new PlannerThread(createLog({ level: 'error' }));
  return thread.open(sdl);
}

const kept = new Map<string, Promise<Planner>>();

/** The same, cached per supergraph for later worlds with the same OSes. */
export async function openKeptPlanner(sdl: string): Promise<Planner> {
  let opening = kept.get(sdl);
  if (!opening) {
    opening = openPlanner(sdl);
    kept.set(sdl, opening);
  }
  return { ...(await opening), close: () => Promise.resolve() };
}

/**
 * A supergraph value for admitting and measuring operations, never running them; read in this thread. Its subgraphs are all this
 * house's or all foreign.
 */
export async function measurable(sdl: string, isForeign = false): Promise<SupergraphValue> {
  const { facts, pieces } = readSupergraph(sdl);
  const nobody = (): Promise<never> => Promise.reject(new Error('Nothing is run here.'));
  const planner: Planner = {
    facts,
    thread: 0,
    piece: (n) => Promise.resolve(pieces[n]!),
    plan: nobody,
    close: () => Promise.resolve(),
  };
  return {
    ...(await readParts(sdl, planner, {
      services: () => ({ process: nobody }),
      isForeign: () => isForeign,
      policiesClaim: 'policies',
    })),
    execute: nobody,
    audience: () => null,
    stop: planner.close,
  };
}
