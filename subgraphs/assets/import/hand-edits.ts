import type { Asset } from '../asset/asset.entity.ts';
import { same } from '../../../platform/change/difference.ts';
import {
  importedFieldNames,
  importedFields,
  type HandEdit,
  type HandEdits,
  type ImportedField,
  type Values,
} from './imported-fields.ts';

/** Separate from the names, because the type of the entity depends on those. */
const columnsOf: Readonly<Record<ImportedField, readonly (keyof Asset & string)[]>> = importedFields;

/** The values of a field, by column. */
function valuesOf(field: ImportedField, row: Values): Values {
  return Object.fromEntries(columnsOf[field].map((column) => [column, row[column] ?? null]));
}

/** The present values of all fields that imports may write. */
export function importedValues(asset: Asset): Map<ImportedField, Values> {
  return new Map(importedFieldNames.map((field) => [field, valuesOf(field, asset as unknown as Values)]));
}

/** The fields edited by hand after a change. A field with the value of the import follows the import again. */
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
 * The columns of an existing asset that an import may write. Fields edited by hand stay; their imported values are stored separately, for
 * restoring. `kept` counts the fields with a different value in the import.
 */
export function withoutHandEdits(
  asset: Asset,
  written: Values,
): { columns: Values; handEdits: HandEdits; kept: number } {
  const columns = { ...written };
  const handEdits: HandEdits = { ...asset.handEdits };
  let kept = 0;
  for (const [field, edit] of Object.entries(handEdits) as [ImportedField, HandEdit][]) {
    // A line without a category or structure does not change them.
    if (!columnsOf[field].some((column) => column in columns)) continue;
    const says = valuesOf(field, columns);
    if (!same(says, valuesOf(field, asset as unknown as Values))) kept += 1;
    handEdits[field] = { ...edit, imported: says };
    for (const column of columnsOf[field]) delete columns[column];
  }
  return { columns, handEdits, kept };
}
