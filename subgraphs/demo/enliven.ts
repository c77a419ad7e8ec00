import { join } from 'node:path';
import { readPrivateFile, writePrivateFile } from '../../platform/config/private-file.ts';
import { Caller } from '../../platform/house/caller.ts';
import type { House } from '../../platform/house/house.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import { inviteCollectors, type Collector } from './collectors.ts';
import { demoFile, stateShape } from './demo.ts';
import { Floor } from './floor.ts';
import { illustrateDemo } from './illustrate.ts';
import { recordSales } from './record-sales.ts';

export interface Enlivening {
  house: House;
  dataDir: string;
  /** Of the gateway, which takes the pictures. */
  url: string;
  /** Whether collectors bid on three auctions that never stop. */
  bidders: boolean;
  log: Logger;
  /** Ends it; what is under way is ended first. */
  signal: AbortSignal;
}

/**
 * Brings the demonstration to life beside the house's work, once it stands: collectors, the auctions that never stop, a past year
 * of sales, pictures. What a start has not come to, the next one does. Resolves when nothing is left to do, or after the signal;
 * never rejects, and does nothing to a database whose demonstration this is not.
 */
export async function enlivenDemo({ house, dataDir, url, bidders, log, signal }: Enlivening): Promise<void> {
  const path = join(dataDir, demoFile);
  const caller = new Caller(house.services);
  const isHere = (): boolean => {
    const state = readPrivateFile(path, stateShape);
    return state !== null && state.completedAt !== null && state.logId === house.hub.logId && !signal.aborted;
  };
  let floor: Promise<void> | null = null;
  try {
    if (!isHere()) return;
    const ids = await inviteCollectors(caller);
    floor = bidders ? new Floor({ house, caller, ids, log, signal }).run() : null;
    await recordOnce(path, house, caller, ids, signal);
    await illustrateDemo(house, dataDir, url, signal);
  } catch (error) {
    if (!signal.aborted)
      log.warn({ err: error }, 'the demonstration lacks sales of the past or pictures; the next start goes on');
  }
  await floor;
}

/** Records the past sales, unless that is done. Which year it is, is kept before the first of it is written. */
async function recordOnce(
  path: string,
  house: House,
  caller: Caller,
  ids: ReadonlyMap<Collector, string>,
  signal: AbortSignal,
): Promise<void> {
  const state = readPrivateFile(path, stateShape);
  if (!state || state.sales?.recordedAt) return;
  const until = state.sales?.until ?? new Date().toISOString();
  // Works that are new to a demonstration of an earlier version want pictures, too.
  const illustratedAt = state.sales ? state.illustratedAt : null;
  const keep = (recordedAt: string | null): void =>
    writePrivateFile(path, { ...state, illustratedAt, sales: { until, recordedAt } });
  keep(null);
  await recordSales(house, caller, ids, new Date(until), signal);
  if (!signal.aborted) keep(new Date().toISOString());
}
