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
  /** The gateway's address, to which pictures are uploaded. */
  url: string;
  /** Whether collectors bid in three auctions that never stop. */
  bidders: boolean;
  log: Logger;
  /** Stops it; a running step is finished first. */
  signal: AbortSignal;
}

/**
 * Adds to the demonstration in the background, after the start: collectors, the auctions that never stop, a past year of sales,
 * pictures. The next start continues where this one ends. Resolves when everything is done, or after the signal; never rejects, and
 * does nothing in a database without this demonstration.
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
      log.warn({ err: error }, 'the demonstration lacks past sales or pictures; the next start will continue');
  }
  await floor;
}

/** Records the past sales, unless that is done. The year is saved before the first sale is written. */
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
  // Works that are new to a demonstration of an earlier version need pictures, too.
  const illustratedAt = state.sales ? state.illustratedAt : null;
  const keep = (recordedAt: string | null): void =>
    writePrivateFile(path, { ...state, illustratedAt, sales: { until, recordedAt } });
  keep(null);
  await recordSales(house, caller, ids, new Date(until), signal);
  if (!signal.aborted) keep(new Date().toISOString());
}
