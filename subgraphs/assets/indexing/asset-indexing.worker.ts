import type { StampedFact } from '../../../platform/facts/fact.ts';
import { queueWorker } from '../../../platform/work/queue.ts';
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

/** Drafts per transaction, which may take two seconds: an import of five times as many takes a fifth of that. */
const takenAtOnce = 100;
/** Seconds after which a process that took drafts is presumed dead. */
const leaseSeconds = 60;

/** Facts after which a draft that could not be indexed may be complete, or no longer a draft. */
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
 * Indexes the requested drafts after the commit. An incomplete draft is checked again when the asset changes, and at the start of a
 * process, which may have another model or newer schemas.
 */
export function assetIndexing(place: Workplace): Worker {
  const { database } = place;
  /** Assets that changed since the last check. */
  const changed = new Set<string>();
  return queueWorker(place, {
    name: 'assetIndexing',
    table: 'assets.asset_indexings',
    atOnce: takenAtOnce,
    leaseSeconds,
    wakes: [assetIndexRequested, ...changes],
    hear(facts: readonly StampedFact[]) {
      for (const { type, key } of facts) if (type !== assetIndexRequested.type) changed.add(key);
    },
    prepare: () => database.query(lookAgain("problems <> '[]'")),
    async look() {
      const ids = [...changed];
      if (ids.length === 0) return;
      await database.query(lookAgain('id = any($1) and checked_at is not null'), [ids]);
      for (const id of ids) changed.delete(id);
    },
    work: (taken, universe) =>
      place.transaction('indexDrafts', universe, (tx) =>
        indexDrafts(
          tx,
          place,
          taken.map(({ id }) => id),
        ),
      ),
  });
}

const lookAgain = (where: string): string =>
  `update assets.asset_indexings set due_at = clock_timestamp(), attempts = 0, updated_at = clock_timestamp() where ${where}`;
