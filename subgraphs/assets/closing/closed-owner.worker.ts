import { WorkLoop } from '../../../platform/work/loop.ts';
import type { Worker, Workplace } from '../../../platform/work/worker.ts';
import { archiveOwned } from './closed-owner.service.ts';

/** Owners of one look; the next one is for the others. */
const ownersAtOnce = 100;

interface ClosedOwner {
  id: string;
  universe_id: string;
  is_over: boolean;
}

/**
 * Archives what closed owners have, a transaction after the other: more than the reaction could take, and what requests that were
 * under way brought them. After an hour nothing can come any more, and they are forgotten.
 */
export function closedOwnersArchiving({ database, clock, log, transaction }: Workplace): Worker {
  const loop = new WorkLoop({
    name: 'closedOwners',
    clock,
    log,
    work: async (closing) => {
      const owners = await database.query<ClosedOwner>(
        'select id, universe_id, until < $1 as is_over from assets.closed_owners order by until, id limit $2',
        [clock.now(), ownersAtOnce],
      );
      for (const { id, universe_id: universe, is_over: isOver } of owners) {
        let more = true;
        while (more && !closing.aborted)
          more = await transaction('archiveOwned', universe, (tx) => archiveOwned(tx, id));
        if (isOver && !more) await database.query('delete from assets.closed_owners where id = $1', [id]);
      }
      return null;
    },
  });
  return {
    start: () => loop.wake(),
    settled: () => loop.settled(),
    close: () => loop.close(),
  };
}
