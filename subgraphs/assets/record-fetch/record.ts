import type { Asset, AssetSourceKind } from '../asset/asset.entity.ts';
import type { FetchProblem } from './problems.ts';

/** What was found of a thing outside, as an asset holds it. */
export interface FetchedRecord {
  sourceKind: AssetSourceKind;
  source: string;
  sourceId: string;
  /** What is written each time. A column that is not there says nothing, and stays as it is. */
  columns: Partial<Asset>;
  /** What a new asset has where nothing else is known. */
  fallback: { title: string };
  notes: FetchProblem[];
}
