import type { Asset, AssetSourceKind } from '../asset/asset.entity.ts';
import type { FetchProblem } from './problems.ts';

/** The fetched data of a source object, in the form of an asset. */
export interface FetchedRecord {
  sourceKind: AssetSourceKind;
  source: string;
  sourceId: string;
  /** Written each time. Absent columns are not changed. */
  columns: Partial<Asset>;
  /** Values of a new asset if nothing else is known. */
  fallback: { title: string };
  notes: FetchProblem[];
}
