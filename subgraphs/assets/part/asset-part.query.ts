import DataLoader from 'dataloader';
import type { Context } from '../../../platform/context/context.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.query.ts';
import { AssetPart, partsAtMost, wholesAtMost } from './asset-part.entity.ts';

type Side = 'wholeId' | 'partId';
const loaders = { wholeId: Symbol('parts'), partId: Symbol('wholes') };

/** The ids on the other side, in order. All look-ups of one turn are one statement. */
function idsBeside(context: Context, side: Side, id: string): Promise<string[]> {
  const other = side === 'wholeId' ? 'partId' : 'wholeId';
  const most = side === 'wholeId' ? partsAtMost : wholesAtMost;
  const load = async (ids: readonly string[]): Promise<string[][]> => {
    const rows = await context.em.find(
      AssetPart,
      { [side]: { $in: [...ids] } },
      { orderBy: side === 'wholeId' ? { place: 'asc' } : { wholeId: 'asc' } },
    );
    const beside = new Map<string, string[]>(ids.map((each) => [each, []]));
    for (const row of rows) beside.get(row[side])?.push(row[other]);
    return ids.map((each) => beside.get(each)?.slice(0, most) ?? []);
  };
  return context.loader<string[]>(loaders[side], () => new DataLoader(load)).load(id);
}

async function seen(context: Context, ids: readonly string[]): Promise<Asset[]> {
  const found = await Promise.all(ids.map((id) => assets.load(context, id)));
  return found.filter((asset) => asset !== null);
}

/** The parts that the viewer may see, in order. */
export async function partsOf(context: Context, wholeId: string): Promise<Asset[]> {
  return seen(context, await idsBeside(context, 'wholeId', wholeId));
}

/** The wholes that the viewer may see. */
export async function wholesOf(context: Context, partId: string): Promise<Asset[]> {
  return seen(context, await idsBeside(context, 'partId', partId));
}
