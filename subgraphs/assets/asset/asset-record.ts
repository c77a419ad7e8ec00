import { Length } from 'class-validator';
import { arg, type Given } from '../../../platform/declare/input.ts';
import { Invalid } from '../../../platform/errors/errors.ts';
import { NotBlank } from '../../../platform/scalars/text.ts';
import { normalTags, tagAtMost } from '../tag/tag.ts';
import { natureTold } from './asset-nature.service.ts';
import { AssetKind, type Asset } from './asset.entity.ts';
import { detailsFault } from './details.ts';

export const title = arg.text('1 to 500 characters.', { min: 1, max: 500 });
export const kind = arg.enum(AssetKind, 'The kind of asset. It must match the structure.');

/** Columns that edits and imports write as given; structure, category, traits and value are validated separately. */
export const record = {
  title: title.kept(),
  description: arg.text('At most 20,000 characters.', { max: 20_000 }).clearable(),
  kind: kind.kept(),
  sourceUrl: arg
    .text('The web page of the asset at the source: an http or https address, at most 2,000 characters.', { max: 2000 })
    .clearable(),
  creators: arg
    .texts('Names of the makers, the first one first; at most 50 of 300 characters each.', { atMost: 50, max: 300 })
    .check(NotBlank({ each: true }))
    .clearable(),
  classification: arg.text('The classification by the source; at most 300 characters.', { max: 300 }).clearable(),
  department: arg
    .text('The department of the museum or house that keeps the asset; at most 300 characters.', { max: 300 })
    .clearable(),
  materials: arg
    .text('Material and technique in words, such as "oil on canvas"; at most 1,000 characters.', { max: 1000 })
    .clearable(),
  creationDate: arg
    .text('The date of creation in words, such as "c. 1961"; at most 300 characters.', { max: 300 })
    .clearable(),
  createdEarliest: arg.date('The earliest possible date of creation.').clearable(),
  createdLatest: arg.date('The latest possible date of creation; not before `createdEarliest`.').clearable(),
  acquiredOn: arg.date('The date on which the owner acquired the asset.').clearable(),
  accessionNumber: arg
    .text('The inventory number of the collection; at most 100 characters.', { max: 100 })
    .clearable(),
  creditLine: arg
    .text('The text by which the source or donor is credited; at most 2,000 characters.', { max: 2000 })
    .clearable(),
  provenanceText: arg.text('Earlier owners in words; at most 50,000 characters.', { max: 50_000 }).clearable(),
  tags: arg
    .texts(
      'Keywords, at most 50 of 1 to 60 characters; stored in lower case without duplicates. Replaces the existing tags.',
      {
        atMost: 50,
        max: tagAtMost,
      },
    )
    .check(Length(1, tagAtMost, { each: true }))
    .clearable(),
  details: arg.json('Further fields as an object of at most 128 kB as JSON. Replaces the existing ones.').clearable(),
} as const;

type RecordColumn = keyof typeof record;
const recordColumns = Object.keys(record) as RecordColumn[];

/** The columns that an input names, in their stored form. */
export function recordColumnsOf(input: Partial<Given<typeof record>>): Partial<Pick<Asset, RecordColumn | 'creator'>> {
  const columns: Record<string, unknown> = {};
  for (const column of recordColumns) if (input[column] !== undefined) columns[column] = kept(column, input[column]);
  if (columns['creators']) columns['creator'] = (columns['creators'] as string[])[0] ?? null;
  return columns;
}

function kept(column: RecordColumn, given: unknown): unknown {
  if (column === 'tags') return normalTags((given as string[] | null) ?? []);
  if (column === 'creators') return given ?? [];
  if (column === 'sourceUrl' && given !== null && !isPage(given as string))
    throw new Invalid('sourceUrl: must be an http or https address.', { path: ['input', column] });
  if (column === 'details' && given !== null && (typeof given !== 'object' || Array.isArray(given)))
    throw new Invalid('details: must be an object, such as { "room": "12" }.', { path: ['input', column] });
  const tooLarge = column === 'details' ? detailsFault(given) : null;
  if (tooLarge) throw new Invalid(`details: ${tooLarge}`, { path: ['input', column] });
  return given;
}

function isPage(address: string): boolean {
  return /^https?:\/\//.test(address) && URL.canParse(address);
}

/** Dates are compared as texts, because all have a year of four digits. */
export function checkDates({ createdEarliest, createdLatest }: Asset): void {
  if (createdEarliest && createdLatest && createdLatest < createdEarliest)
    throw new Invalid(`createdLatest: ${createdLatest} is before createdEarliest, ${createdEarliest}.`, {
      path: ['input', 'createdLatest'],
    });
}

/** Facts keep their original field names. */
export const nameInFacts: Readonly<Record<string, string>> = { materials: 'medium' };

/** All recorded values of an asset in the form of facts. Comparing two gives the difference of a change. */
export function recordOf(asset: Asset): Record<string, unknown> {
  return {
    ...Object.fromEntries(recordColumns.map((column) => [nameInFacts[column] ?? column, asset[column] ?? null])),
    ...natureTold(asset),
  };
}
