import { defineEntity, p } from '@mikro-orm/core';
import { enumeration, type ValueOf } from '../../../platform/declare/enumeration.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import { Money } from '../../../platform/scalars/money.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';
import { TsVector } from '../../../platform/search/ts-vector.ts';
import { wordsOf } from '../search/words.ts';
import type { HandEdits } from '../import/imported-fields.ts';
import type { StructureType } from '../structure/structure-types.ts';
import { matchCreator, matchNumbers, matchTitle } from '../duplicates/match.ts';

export const AssetKind = enumeration('AssetKind', 'What an asset is.', {
  MUSIC: 'A release, recording or stem.',
  ART: 'A work of art.',
  COLLECTIBLE: 'A card, comic, coin or other collectible.',
  NFT: 'A token on a blockchain.',
  DOCUMENT: 'A document.',
  OTHER: 'Anything else.',
});
export type AssetKind = ValueOf<typeof AssetKind>;

export const AssetStatus = enumeration(
  'AssetStatus',
  'The state of an asset. Only its owners see it while it is DRAFT, INDEXED or ARCHIVED; everybody sees it while it is PUBLISHED, ON_SALE or SOLD. ON_SALE: reserved for one sale; in an auction until the buyer has paid. SOLD: the sale is over; to sell the asset again, publish it first.',
  {
    DRAFT: 'Being described; visible to its owners.',
    INDEXED: 'Checked, searchable and comparable, and so ready to be published; visible to its owners.',
    PUBLISHED: 'Visible to everybody.',
    ON_SALE: 'Reserved for one sale; visible to everybody.',
    SOLD: 'The sale is over; visible to everybody.',
    ARCHIVED: 'Archived; visible to its owners.',
  },
);
export type AssetStatus = ValueOf<typeof AssetStatus>;

export const AssetSourceKind = enumeration('AssetSourceKind', 'How an asset was added.', {
  UPLOADED: 'Entered by hand.',
  IMPORTED: 'Imported from a catalogue.',
  SCRAPED: 'Read from a web page.',
  ON_CHAIN: 'Read from a blockchain.',
});
export type AssetSourceKind = ValueOf<typeof AssetSourceKind>;

/**
 * The allowed changes of status; all others are refused. An asset on sale can only be sold or released, because a buyer may be paying
 * for it at this moment.
 */
export const assetMoves: Readonly<Record<AssetStatus, readonly AssetStatus[]>> = {
  DRAFT: ['INDEXED', 'PUBLISHED', 'ARCHIVED'],
  INDEXED: ['DRAFT', 'PUBLISHED', 'ARCHIVED'],
  PUBLISHED: ['ON_SALE', 'ARCHIVED'],
  ON_SALE: ['PUBLISHED', 'SOLD'],
  // A sold asset can go on sale again after its owner has published it again.
  SOLD: ['PUBLISHED', 'ARCHIVED'],
  ARCHIVED: ['DRAFT', 'PUBLISHED'],
};

/** Statuses in which everybody sees an asset; in the others only its owners. */
export const publicStatuses = ['PUBLISHED', 'ON_SALE', 'SOLD'] as const satisfies readonly AssetStatus[];

export function isPublic(status: AssetStatus): boolean {
  return (publicStatuses as readonly AssetStatus[]).includes(status);
}

/** A trait of an asset, such as the colour of its background. */
export interface AssetTraitValue {
  name: string;
  value: string;
}

const matchKey = <W>(column: string, of: (work: W) => string | null) =>
  p.text().$type<string | null>().name(column).nullable().lazy().onCreate(of).onUpdate(of);

export const AssetSchema = defineEntity({
  name: 'Asset',
  tableName: 'assets',
  properties: {
    ...standardColumns,
    version: p.integer().version().default(1),
    title: p.text(),
    description: p.text().nullable(),
    kind: p.enum(AssetKind.values),
    status: p.enum(AssetStatus.values),
    ownerId: p.text().name('owner_id'),
    createdBy: p.text().name('created_by'),
    /** Where it is on sale: the id of a listing or auction of another OS, or the name of a place outside. One at a time. */
    sale: p.text().name('sale_id').nullable(),
    sourceKind: p.enum(AssetSourceKind.values).name('source_kind').default('UPLOADED'),
    /** The owner at the time of the import, which identifies the asset for the next import together with source and source id. */
    importedFor: p.text().name('imported_for').nullable(),
    /** The source of the import, and the id there. */
    source: p.text().nullable(),
    sourceId: p.text().name('source_id').nullable(),
    sourceUrl: p.text().name('source_url').nullable(),
    /** The hash of the imported line, so that importing the same line again changes nothing. */
    sourceHash: p.text().name('source_hash').nullable(),
    /** Fields edited by hand, which imports do not change; only of imported assets. */
    handEdits: p
      .json<HandEdits>()
      .name('hand_edits')
      .onCreate(() => ({})),
    creators: p.array().default([]),
    /** The first creator, by which works are counted. */
    creator: p.text().nullable(),
    classification: p.text().nullable(),
    department: p.text().nullable(),
    /** Material and technique. The column keeps the name from before media were attached. */
    materials: p.text().name('medium').nullable(),
    /** In the words of the source: "c. 1961". */
    creationDate: p.text().name('creation_date').nullable(),
    createdEarliest: p.date().name('created_earliest').nullable(),
    createdLatest: p.date().name('created_latest').nullable(),
    acquiredOn: p.date().name('acquired_on').nullable(),
    accessionNumber: p.text().name('accession_number').nullable(),
    creditLine: p.text().name('credit_line').nullable(),
    provenanceText: p.text().name('provenance_text').nullable(),
    tags: p.array().default([]),
    details: p.json<Record<string, unknown>>().nullable(),
    categoryId: p.text().name('category_id').nullable(),
    /** The structure and the version of its schema. */
    structureType: p.text().$type<StructureType>().name('structure_type').nullable(),
    structureVersion: p.integer().name('structure_version').nullable(),
    structure: p.json<Record<string, unknown>>().nullable(),
    traits: p.json<AssetTraitValue[]>().default([]),
    /** The value stated by its owner, in minor units. */
    valueMinor: p.decimal('string').name('value_minor').nullable(),
    valueCurrency: p.text().name('value_currency').nullable(),
    /** Generated columns; lazy, so that lists do not load them. */
    decade: p.integer().nullable().generated('(extract(decade from created_earliest)::int * 10) stored'),
    /** The words for searching, written with every change. */
    words: p.type(TsVector).$type<string | null>().nullable().lazy().onCreate(wordsOf).onUpdate(wordsOf),
    /** The keys for finding duplicates, written with every change. */
    matchTitle: matchKey('match_title', matchTitle),
    matchCreator: matchKey('match_creator', matchCreator),
    matchNumbers: matchKey('match_numbers', matchNumbers),
  },
});

/** A work, recording, collectible, token or document with an owner. */
export class Asset extends AssetSchema.class {
  /** Throws CONFLICT for a change of status that is not allowed. */
  checkMove(status: AssetStatus): void {
    if (!assetMoves[this.status].includes(status))
      throw new Conflict(`An asset that is ${this.status} cannot become ${status}.`);
  }

  move(status: AssetStatus, now: Date): AssetStatus {
    const previous = this.status;
    this.checkMove(status);
    this.status = status;
    this.updatedAt = now;
    return previous;
  }
}
AssetSchema.setClass(Asset);

/** The value of an asset, stated by its owner. */
export function statedValue({ valueMinor, valueCurrency }: Asset): Money | null {
  return valueMinor && valueCurrency ? new Money(valueMinor, valueCurrency) : null;
}
