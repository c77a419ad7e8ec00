import type { Asset } from '../asset/asset.entity.ts';
import { same } from '../../../platform/change/difference.ts';

/** Fields that an import may write, and the columns of each. */
export const importedFields = {
  TITLE: ['title'],
  DESCRIPTION: ['description'],
  KIND: ['kind'],
  SOURCE_URL: ['sourceUrl'],
  CREATORS: ['creators', 'creator'],
  CLASSIFICATION: ['classification'],
  DEPARTMENT: ['department'],
  MATERIALS: ['materials'],
  CREATION_DATE: ['creationDate'],
  CREATED_EARLIEST: ['createdEarliest'],
  CREATED_LATEST: ['createdLatest'],
  ACQUIRED_ON: ['acquiredOn'],
  ACCESSION_NUMBER: ['accessionNumber'],
  CREDIT_LINE: ['creditLine'],
  PROVENANCE_TEXT: ['provenanceText'],
  TAGS: ['tags'],
  TRAITS: ['traits'],
  DETAILS: ['details'],
  CATEGORY: ['categoryId'],
  STRUCTURE: ['structureType', 'structureVersion', 'structure'],
} as const;
export type ImportedField = keyof typeof importedFields;
export const importedFieldNames = Object.keys(importedFields) as ImportedField[];
/** Apart from the names, since the entity's own type depends on them. */
const columnsOf: Readonly<Record<ImportedField, readonly (keyof Asset & string)[]>> = importedFields;

/** That a field was set by hand, so that imports leave it as it is. */
export interface HandEdit {
  /** Who did it, for whom the asset was then, and when. */
  by: string;
  ownerId: string;
  at: string;
  /** What the import says of it: as it was, and as later imports brought it. */
  imported: Values;
}
export type HandEdits = Partial<Record<ImportedField, HandEdit>>;
export type Values = Record<string, unknown>;

/** What a field holds, by column. */
function valuesOf(field: ImportedField, row: Values): Values {
  return Object.fromEntries(columnsOf[field].map((column) => [column, row[column] ?? null]));
}

/** All fields that imports may write, as they are now. */
export function importedValues(asset: Asset): Map<ImportedField, Values> {
  return new Map(importedFieldNames.map((field) => [field, valuesOf(field, asset as unknown as Values)]));
}

/** Which fields are set by hand after a change. What is as the import has it follows the import again. */
export function editedByHand(
  asset: Asset,
  before: ReadonlyMap<ImportedField, Values>,
  edit: Pick<HandEdit, 'by' | 'ownerId' | 'at'>,
): HandEdits {
  const edits: HandEdits = { ...asset.handEdits };
  for (const [field, now] of importedValues(asset)) {
    const was = before.get(field);
    if (same(was, now)) continue;
    const imported = edits[field]?.imported ?? was ?? {};
    if (same(imported, now)) delete edits[field];
    else edits[field] = { ...edit, imported };
  }
  return edits;
}

/**
 * What an import may write of an asset that is there. Fields that were set by hand stay; what the import says of them is kept beside them, for
 * when they are given back. `kept` counts the fields with another value in the import.
 */
export function withoutHandEdits(
  asset: Asset,
  written: Values,
): { columns: Values; handEdits: HandEdits; kept: number } {
  const columns = { ...written };
  const handEdits: HandEdits = { ...asset.handEdits };
  let kept = 0;
  for (const [field, edit] of Object.entries(handEdits) as [ImportedField, HandEdit][]) {
    // A line without a category or structure says nothing of them.
    if (!columnsOf[field].some((column) => column in columns)) continue;
    const says = valuesOf(field, columns);
    if (!same(says, valuesOf(field, asset as unknown as Values))) kept += 1;
    handEdits[field] = { ...edit, imported: says };
    for (const column of columnsOf[field]) delete columns[column];
  }
  return { columns, handEdits, kept };
}
