import { LRUCache } from 'lru-cache';
import type { Context } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import type { ObjectStore } from '../../../platform/objects/object-store.ts';

const mebibyte = 1_048_576;

export interface ShelfLimits {
  /** Bytes and number of derivatives per original. */
  bytesEach: number;
  countEach: number;
  /** Bytes in total. */
  bytes: number;
}

/**
 * Per original: all tiles of a picture of 100 million pixels in one format, about 600 files and 40 MB, and the sizes that pages request.
 * In total: the pictures of a busy day. Evicted derivatives are rendered again on request.
 */
export const shelfLimits: ShelfLimits = { bytesEach: 128 * mebibyte, countEach: 5_000, bytes: 10_240 * mebibyte };

/** Derivatives that one `put` evicts; the next one continues. */
const leavingAtMost = 5_000;
/** Objects deleted in parallel. */
const deletedAtOnce = 16;
/** Derivatives that this process remembers as requested today. */
const rememberedAtMost = 20_000;
const day = 24 * 3_600_000;

/** The parts of a context that the shelf needs. */
export type ShelfContext = Pick<Context, 'em' | 'now' | 'universe'>;

/** The folder of all derivatives, and of those of one original. */
export const derivedRoot = 'derived/';
export const derivedPrefix = (sha256: string): string => `${derivedRoot}${sha256}/`;

/** The id of a derivative's row is its key without the root: `{sha256}/{name}`. */
const idOf = (key: string): string => key.slice(derivedRoot.length);

/**
 * A bounded cache of derivatives, limited per original and in total; evicts the least recently used. Each derivative has a row, which is
 * created before the object and deleted after it, so that a crash at any point leaves at most a superfluous row, and never uncounted
 * bytes. Several processes may share it.
 */
export class DerivativeShelf {
  readonly #objects: ObjectStore;
  readonly #limits: ShelfLimits;
  readonly #today = new LRUCache<string, true>({ max: rememberedAtMost });

  constructor(objects: ObjectStore, limits: ShelfLimits = shelfLimits) {
    this.#objects = objects;
    this.#limits = limits;
  }

  /** Stores a derivative and evicts others to make room. One that is larger than the limit per original is not stored. */
  async put(context: ShelfContext, sha256: string, key: string, bytes: Buffer, contentType: string): Promise<void> {
    const { bytesEach, countEach, bytes: bytesAll } = this.#limits;
    if (bytes.length > Math.min(bytesEach, bytesAll)) return;
    const all = await this.#count(context, [{ id: idOf(key), sha256, bytes: bytes.length }], 0);
    const [own] = await sqlIn<{ bytes: string; count: string }>(
      context.em,
      'select coalesce(sum(bytes), 0) as bytes, count(*) as count from assets.derivatives where sha256 = $1',
      [sha256],
    );
    const over = { bytes: Number(own?.bytes) - bytesEach, count: Number(own?.count) - countEach };
    const left = over.bytes > 0 || over.count > 0 ? await this.#takeAway(context, key, over, sha256) : 0;
    const overAll = all - left - bytesAll;
    if (overAll > 0) await this.#takeAway(context, key, { bytes: overAll, count: 0 });
    await this.#objects.put(key, bytes, contentType);
  }

  /** Records the use of a derivative, once a day, and counts it if it was not counted yet. */
  async used(context: ShelfContext, sha256: string, key: string, bytes: number): Promise<void> {
    const today = `${Math.floor(context.now().getTime() / day)} ${key}`;
    if (this.#today.has(today)) return;
    await this.#count(context, [{ id: idOf(key), sha256, bytes }], day);
    this.#today.set(today, true);
  }

  /** Deletes all derivatives of an original. */
  async forget(context: ShelfContext, sha256: string): Promise<void> {
    const keys: string[] = [];
    for await (const key of this.#objects.list(derivedPrefix(sha256))) keys.push(key);
    await this.#delete(keys);
    await sqlIn(
      context.em,
      `with gone as (delete from assets.derivatives where sha256 = $1 returning bytes)
       update assets.derivative_shelf set bytes = bytes - (select coalesce(sum(bytes), 0) from gone), updated_at = $2
       where exists (select from gone)`,
      [sha256, context.now()],
    );
  }

  /**
   * Counts objects without a row: from before rows existed, or from before the database was restored from a backup, which contains no
   * such rows.
   */
  async countStrays(context: ShelfContext): Promise<void> {
    let page: string[] = [];
    const look = async (): Promise<void> => {
      const rows = await sqlIn<{ id: string }>(
        context.em,
        'select id from unnest($1::text[]) as given(id) where not exists (select from assets.derivatives d where d.id = given.id)',
        [page.map(idOf)],
      );
      page = [];
      const strays: { id: string; sha256: string; bytes: number }[] = [];
      for (const { id } of rows) {
        const head = await this.#objects.head(derivedRoot + id);
        if (head) strays.push({ id, sha256: id.slice(0, id.indexOf('/')), bytes: head.size });
      }
      if (strays.length > 0) await this.#count(context, strays, day);
    };
    for await (const key of this.#objects.list(derivedRoot)) {
      page.push(key);
      if (page.length === 1000) await look();
    }
    if (page.length > 0) await look();
  }

  /** Marks these as used now, unless they were within the last `within` milliseconds. Returns the bytes in total. */
  async #count(
    context: ShelfContext,
    rows: readonly { id: string; sha256: string; bytes: number }[],
    within: number,
  ): Promise<number> {
    const at = context.now();
    const [all] = await sqlIn<{ bytes: string }>(
      context.em,
      `with added as (
         insert into assets.derivatives as d (id, universe_id, created_at, updated_at, sha256, bytes, used_at)
         select id, $2, $3, $3, sha256, bytes, $3 from jsonb_to_recordset($1::jsonb) as r(id text, sha256 text, bytes int)
         order by id
         on conflict (id) do update set used_at = excluded.used_at, updated_at = excluded.updated_at where d.used_at <= $4
         returning d.bytes, xmax = 0 as is_new)
       insert into assets.derivative_shelf as s (id, universe_id, created_at, updated_at, bytes)
       select 'all', $2, $3, $3, coalesce(sum(bytes) filter (where is_new), 0) from added
       on conflict (id) do update set bytes = s.bytes + excluded.bytes, updated_at = excluded.updated_at
       returning bytes`,
      [JSON.stringify(rows), context.universe, at, new Date(at.getTime() - within)],
    );
    return Number(all?.bytes);
  }

  /** Evicts the least recently used, of one original or of all, except `kept`. Returns the evicted bytes. */
  async #takeAway(
    context: ShelfContext,
    kept: string,
    over: { bytes: number; count: number },
    sha256?: string,
  ): Promise<number> {
    const chosen = await sqlIn<{ id: string; used_at: string }>(
      context.em,
      `select id, used_at::text from (
         select id, used_at, sum(bytes) over w - bytes as before, row_number() over w as place
         from (select id, used_at, bytes from assets.derivatives where id <> $1 and ($2::text is null or sha256 = $2)
               order by used_at, id limit ${leavingAtMost}) oldest
         window w as (order by used_at, id)) each
       where before < $3 or place <= $4`,
      [idOf(kept), sha256 ?? null, over.bytes, over.count],
    );
    await this.#delete(chosen.map(({ id }) => derivedRoot + id));
    // A derivative requested meanwhile keeps its row; one that another process evicts is left to that process.
    const [gone] = await sqlIn<{ bytes: string }>(
      context.em,
      `with leaving as (
         select d.id from assets.derivatives d
         join unnest($1::text[], $2::timestamptz[]) as seen(id, used_at) on d.id = seen.id and d.used_at = seen.used_at
         for update of d skip locked),
       gone as (delete from assets.derivatives where id in (select id from leaving) returning bytes),
       counted as (update assets.derivative_shelf set updated_at = $3,
         bytes = derivative_shelf.bytes - (select coalesce(sum(bytes), 0) from gone) where exists (select from gone))
       select coalesce(sum(bytes), 0) as bytes from gone`,
      [chosen.map(({ id }) => id), chosen.map(({ used_at }) => used_at), context.now()],
    );
    return Number(gone?.bytes);
  }

  async #delete(keys: readonly string[]): Promise<void> {
    for (let n = 0; n < keys.length; n += deletedAtOnce)
      await Promise.all(keys.slice(n, n + deletedAtOnce).map((key) => this.#objects.delete(key)));
  }
}
