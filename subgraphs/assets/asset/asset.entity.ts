import { defineEntity, p } from '@mikro-orm/core';
import { Conflict } from '../../../platform/errors/errors.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';
import { matchCreator, matchNumbers, matchTitle } from '../duplicates/match.ts';

export const assetKinds = ['MUSIC', 'ART', 'COLLECTIBLE', 'NFT', 'DOCUMENT', 'OTHER'] as const;
export type AssetKind = (typeof assetKinds)[number];
export const assetStatuses = ['DRAFT', 'PUBLISHED', 'ARCHIVED'] as const;
export type AssetStatus = (typeof assetStatuses)[number];

/** From which status to which; whatever is not here is refused. */
const moves: Record<AssetStatus, readonly AssetStatus[]> = {
  DRAFT: ['PUBLISHED', 'ARCHIVED'],
  PUBLISHED: ['ARCHIVED'],
  ARCHIVED: ['PUBLISHED'],
};

export const AssetSchema = defineEntity({
  name: 'Asset',
  tableName: 'assets',
  properties: {
    ...standardColumns,
    version: p.integer().version().default(1),
    title: p.text(),
    description: p.text().nullable(),
    kind: p.enum(assetKinds),
    status: p.enum(assetStatuses),
    ownerId: p.text().name('owner_id'),
    createdBy: p.text().name('created_by'),
    /** Where it was imported from, and its id there. */
    source: p.text().nullable(),
    sourceId: p.text().name('source_id').nullable(),
    sourceUrl: p.text().name('source_url').nullable(),
    /** Of the line it came from, so that the same line again changes nothing. */
    sourceHash: p.text().name('source_hash').nullable(),
    creators: p.array().default([]),
    /** The first of them, by whom works are counted. */
    creator: p.text().nullable(),
    classification: p.text().nullable(),
    department: p.text().nullable(),
    medium: p.text().nullable(),
    /** As it is written: "c. 1961". */
    creationDate: p.text().name('creation_date').nullable(),
    createdEarliest: p.date().name('created_earliest').nullable(),
    createdLatest: p.date().name('created_latest').nullable(),
    acquiredOn: p.date().name('acquired_on').nullable(),
    accessionNumber: p.text().name('accession_number').nullable(),
    creditLine: p.text().name('credit_line').nullable(),
    provenanceText: p.text().name('provenance_text').nullable(),
    tags: p.array().default([]),
    details: p.json<Record<string, unknown>>().nullable(),
    /** Kept by the database. */
    decade: p.integer().nullable().generated('(extract(decade from created_earliest)::int * 10) stored'),
    /** What the same work is known again by; written with each change, whoever makes it. */
    matchTitle: p
      .text()
      .$type<string | null>()
      .name('match_title')
      .nullable()
      .lazy()
      .onCreate(matchTitle)
      .onUpdate(matchTitle),
    matchCreator: p
      .text()
      .$type<string | null>()
      .name('match_creator')
      .nullable()
      .lazy()
      .onCreate(matchCreator)
      .onUpdate(matchCreator),
    matchNumbers: p
      .text()
      .$type<string | null>()
      .name('match_numbers')
      .nullable()
      .lazy()
      .onCreate(matchNumbers)
      .onUpdate(matchNumbers),
  },
});

/** A work, recording, collectible, token or document that somebody owns. */
export class Asset extends AssetSchema.class {
  move(status: AssetStatus, now: Date): AssetStatus {
    const previous = this.status;
    if (!moves[previous].includes(status)) throw new Conflict(`An asset that is ${previous} cannot become ${status}.`);
    this.status = status;
    this.updatedAt = now;
    return previous;
  }
}
AssetSchema.setClass(Asset);
