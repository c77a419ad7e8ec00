import { Invalid } from '../../../platform/errors/errors.ts';
import { normalTags } from '../tag/tag.ts';
import { natureTold } from './asset-nature.service.ts';
import type { Asset, AssetKind } from './asset.entity.ts';

/** Columns that people and imports write as they are; structure, category, traits and value are checked on their own. */
const recordColumns = [
  'title',
  'description',
  'kind',
  'sourceUrl',
  'creators',
  'classification',
  'department',
  'materials',
  'creationDate',
  'createdEarliest',
  'createdLatest',
  'acquiredOn',
  'accessionNumber',
  'creditLine',
  'provenanceText',
  'tags',
  'details',
] as const satisfies readonly (keyof Asset)[];
type RecordColumn = (typeof recordColumns)[number];

/** What can be written of an asset as it is. Absent leaves, null clears. */
export interface AssetRecord {
  title?: string | null;
  description?: string | null;
  kind?: AssetKind | null;
  sourceUrl?: string | null;
  creators?: string[] | null;
  classification?: string | null;
  department?: string | null;
  materials?: string | null;
  creationDate?: string | null;
  createdEarliest?: string | null;
  createdLatest?: string | null;
  acquiredOn?: string | null;
  accessionNumber?: string | null;
  creditLine?: string | null;
  provenanceText?: string | null;
  tags?: string[] | null;
  details?: unknown;
}

/** The columns that an input names, each as it is kept. */
export function recordColumnsOf(input: AssetRecord): Partial<Pick<Asset, RecordColumn | 'creator'>> {
  const columns: Record<string, unknown> = {};
  for (const column of recordColumns) {
    const given = input[column];
    if (given === undefined) continue;
    if (given === null && (column === 'title' || column === 'kind'))
      throw new Invalid(`${column} cannot be cleared.`, { path: ['input', column] });
    columns[column] = kept(column, given);
  }
  if (columns['creators']) columns['creator'] = (columns['creators'] as string[])[0] ?? null;
  return columns as ReturnType<typeof recordColumnsOf>;
}

function kept(column: RecordColumn, given: unknown): unknown {
  if (column === 'title') return (given as string).trim();
  if (column === 'tags') return normalTags((given as string[] | null) ?? []);
  if (column === 'creators') return given ?? [];
  if (column === 'sourceUrl' && given !== null && !isPage(given as string))
    throw new Invalid('sourceUrl: not an http or https address.', { path: ['input', column] });
  if (column === 'details' && given !== null && (typeof given !== 'object' || Array.isArray(given)))
    throw new Invalid('details: an object is wanted, such as { "room": "12" }.', { path: ['input', column] });
  return given;
}

function isPage(address: string): boolean {
  return /^https?:\/\//.test(address) && URL.canParse(address);
}

/** Days are compared as they are written: all have four digits of a year. */
export function checkDates({ createdEarliest, createdLatest }: Asset): void {
  if (createdEarliest && createdLatest && createdLatest < createdEarliest)
    throw new Invalid(`createdLatest: ${createdLatest} is before the earliest day, ${createdEarliest}.`, {
      path: ['input', 'createdLatest'],
    });
}

/** Facts keep the names of their first day. */
export const nameInFacts: Readonly<Record<string, string>> = { materials: 'medium' };

/** Everything that is written of an asset, as facts tell it. Two of them make the difference of a change, whoever made it. */
export function recordOf(asset: Asset): Record<string, unknown> {
  return {
    ...Object.fromEntries(recordColumns.map((column) => [nameInFacts[column] ?? column, asset[column] ?? null])),
    ...natureTold(asset),
  };
}
