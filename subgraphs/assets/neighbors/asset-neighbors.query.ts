import { batched } from '../../../platform/context/batch.ts';
import type { Context } from '../../../platform/context/context.ts';
import { heavySql } from '../../../platform/database/heavy.ts';
import { EmbeddingRefused } from '../../../platform/embeddings/embedder.ts';
import { Invalid, Unavailable } from '../../../platform/errors/errors.ts';
import type { FilterInput } from '../../../platform/nouns/filter-kinds.ts';
import { numbered, selectSql, type Selected } from '../../../platform/nouns/select.ts';
import { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.noun.ts';
import { spaceOf, vectorText, type Space } from './space.ts';

/** Milliseconds that a search waits for the model. */
const patience = 10_000;

export interface Neighbor {
  id: string;
  similarity: number;
}

/** The vectors nearest to that of the row `s`, among the assets selected by `seen`. */
function nearestTo(space: Space, context: Context, seen: Selected, first: number, but = ''): Selected {
  const distance = space.distance('n.vector', 's.vector');
  return {
    sql: `select n.id, ${distance} as distance from assets.asset_embeddings n
      where ${space.of('n')} and n.universe_id = ? and n.id in (${seen.sql}) ${but}
      order by ${distance} limit ${Math.trunc(first)}`,
    params: [context.universe, ...seen.params],
  };
}

/** The nearest visible assets of each of these assets. One statement. */
async function neighborsOf(context: Context, ids: readonly string[], first: number): Promise<Map<string, Neighbor[]>> {
  const space = spaceOf(context.embedder);
  const where = assets.where(context, {});
  const found = new Map<string, Neighbor[]>(ids.map((id) => [id, []]));
  if (where === null || first === 0) return found;
  const seen = await selectSql(context, Asset, ['e.id'], where);
  const nearest = nearestTo(space, context, seen, first, 'and n.id <> s.id');
  const rows = await heavySql<Neighbor & { of: string }>(
    context,
    numbered(
      `select s.id as of, d.id, round(-d.distance::numeric, 4)::float8 as similarity
       from (select e.id, e.vector from assets.asset_embeddings e where ${space.of('e')} and e.id = any(?)) s,
         lateral (${nearest.sql}) d
       where d.distance < 0 order by s.id, d.distance, d.id`,
    ),
    [[...ids], ...nearest.params],
  );
  for (const { of, id, similarity } of rows) found.get(of)?.push({ id, similarity });
  return found;
}

/** The nearest assets of an asset. One statement for all assets loaded together. Throws UNAVAILABLE without pgvector. */
export async function assetNeighborsOf(context: Context, id: string, first: number): Promise<Neighbor[]> {
  const load = (ids: readonly string[]) => neighborsOf(context, ids, first);
  return (await batched(context, `asset neighbors ${first}`, id, load)) ?? [];
}

/** The assets nearest to a text, among the visible ones that match the filter. One statement. */
export async function assetsNear(
  context: Context,
  args: { text: string; first: number; filter?: FilterInput | undefined },
): Promise<Neighbor[]> {
  const space = spaceOf(context.embedder);
  const where = assets.where(context, { filter: args.filter ?? null });
  if (where === null || args.first === 0) return [];
  const vector = await vectorOf(context, args.text.trim());
  const seen = await selectSql(context, Asset, ['e.id'], where);
  const nearest = nearestTo(space, context, seen, args.first);
  return heavySql<Neighbor>(
    context,
    numbered(
      `select d.id, round(-d.distance::numeric, 4)::float8 as similarity
       from (select ?::public.vector as vector) s, lateral (${nearest.sql}) d
       where d.distance < 0 order by d.distance, d.id`,
    ),
    [vectorText(vector), ...nearest.params],
  );
}

async function vectorOf(context: Context, text: string): Promise<number[]> {
  try {
    const [vector] = await context.embedder.embed([text], AbortSignal.timeout(patience));
    return vector ?? [];
  } catch (error) {
    if (error instanceof EmbeddingRefused)
      throw new Invalid('text: the embedding model refuses this text.', { path: ['text'] });
    context.log.warn({ err: error }, 'the embedding model does not answer a search');
    throw new Unavailable('The embedding model does not answer. Try again later.', { retryAfter: 10 });
  }
}
