import type { Database } from '../../../platform/database/database.ts';
import type { StampedFact } from '../../../platform/facts/fact.ts';
import { WorkLoop } from '../../../platform/work/loop.ts';
import type { Worker, Workplace } from '../../../platform/work/worker.ts';
import {
  assetArchived,
  assetFieldRestored,
  assetImported,
  assetIndexRequested,
  assetPublished,
  assetTransferred,
  assetUpdated,
  mediaAttached,
} from '../events.ts';
import { indexDrafts } from './asset-indexing.service.ts';

/** Drafts of one transaction, which has two seconds: an import of five times as many takes a fifth of that. */
const takenAtOnce = 100;
/** Whoever took drafts and has not told what became of them within so many seconds is taken for dead. */
const leaseSeconds = 60;
/** A batch that failed is tried again after 2 s, 4 s, 8 s … at most this many seconds. */
const retryAtMost = 600;

interface Taken {
  id: string;
  universe_id: string;
}

/** After each of these, a draft that could not be indexed may be complete, or is none any more. */
const changes = [
  assetUpdated,
  assetImported,
  assetFieldRestored,
  mediaAttached,
  assetPublished,
  assetArchived,
  assetTransferred,
];

/**
 * Indexes the drafts that were asked for, after the commit. Drafts are taken by moving their time ahead, so of several processes one
 * does it, and another one after the lease when that one dies. What lacks something is looked at again when the asset changes, and
 * at a start: another model or newer schemas may have come with it.
 */
export function assetIndexing(place: Workplace): Worker {
  const { database, clock, log, hub } = place;
  let prepared = false;
  /** Assets that changed since the last look. */
  const changed = new Set<string>();
  const loop = new WorkLoop({
    name: 'assetIndexing',
    clock,
    log,
    work: async (closing) => {
      if (!prepared) await database.query(lookAgain("problems <> '[]'"));
      prepared = true;
      await changedLookedAt(database, changed);
      while (!closing.aborted) {
        const taken = await take(database);
        if (taken.length === 0) return nextDue(place);
        for (const [universe, ids] of byUniverse(taken)) await index(place, universe, ids, closing);
      }
      return null;
    },
  });
  const unhear: (() => void)[] = [];
  return {
    start() {
      unhear.push(
        hub.hear([assetIndexRequested.type], () => loop.wake()),
        hub.hear(
          changes.map(({ type }) => type),
          (facts: readonly StampedFact[]) => {
            for (const { key } of facts) changed.add(key);
            loop.wake();
          },
        ),
      );
      loop.wake();
    },
    settled: () => loop.settled(),
    async close() {
      for (const each of unhear) each();
      await loop.close();
    },
  };
}

const lookAgain = (where: string): string =>
  `update assets.asset_indexings set due_at = clock_timestamp(), attempts = 0, updated_at = clock_timestamp() where ${where}`;

async function changedLookedAt(database: Database, changed: Set<string>): Promise<void> {
  const ids = [...changed];
  if (ids.length === 0) return;
  await database.query(lookAgain(`id = any($1) and checked_at is not null`), [ids]);
  for (const id of ids) changed.delete(id);
}

function take(database: Database): Promise<Taken[]> {
  return database.query<Taken>(
    `update assets.asset_indexings
     set attempts = attempts + 1, due_at = clock_timestamp() + $1 * interval '1 second', updated_at = clock_timestamp()
     where id in (
       select id from assets.asset_indexings where due_at <= clock_timestamp() order by due_at, id limit $2 for update skip locked
     )
     returning id, universe_id`,
    [leaseSeconds, takenAtOnce],
  );
}

async function nextDue({ database, clock }: Workplace): Promise<Date | null> {
  const [row] = await database.query<{ ms: number | null }>(
    `select ceil(extract(epoch from min(due_at) - clock_timestamp()) * 1000)::float8 as ms from assets.asset_indexings`,
  );
  return row?.ms === null || row?.ms === undefined ? null : new Date(clock.now().getTime() + Math.max(row.ms, 0));
}

function byUniverse(taken: readonly Taken[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { id, universe_id: universe } of taken) groups.set(universe, [...(groups.get(universe) ?? []), id]);
  return groups;
}

async function index(place: Workplace, universe: string, ids: readonly string[], closing: AbortSignal): Promise<void> {
  try {
    await place.transaction('indexDrafts', universe, (tx) => indexDrafts(tx, place, ids));
  } catch (error) {
    await place.database.query(
      `update assets.asset_indexings
       set due_at = clock_timestamp() + least(2 ^ attempts, ${retryAtMost}) * interval '1 second', updated_at = clock_timestamp()
       where id = any($1)`,
      [[...ids]],
    );
    if (closing.aborted) return;
    place.log.error({ err: error, assets: ids.length }, 'drafts could not be indexed; they are tried again');
  }
}
