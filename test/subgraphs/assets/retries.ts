import type { World } from '../../testkit/world.ts';

/** Stops fetches of records from being retried by themselves, which a slow machine would do before a test has looked at them. */
export async function holdBack(world: World): Promise<void> {
  for (const sql of [
    `create function public.hold_back() returns trigger language plpgsql as
      $$ begin new.due_at := new.due_at + interval '1 day'; return new; end $$`,
    `create trigger held_back before update on assets.asset_record_fetches for each row
      when (old.status = 'RUNNING' and new.status = 'QUEUED') execute function public.hold_back()`,
  ])
    await world.database.query(sql);
}

/** Lets the time of the next attempt come, and waits for that attempt. */
export async function attemptAgain(world: World): Promise<void> {
  await world.database.query("update assets.asset_record_fetches set due_at = now() where status = 'QUEUED'");
  await world.settled();
}
