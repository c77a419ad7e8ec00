import { isOperator } from '../../../platform/access/permission.ts';
import { enumeration } from '../../../platform/declare/enumeration.ts';
import { extend } from '../../../platform/declare/extension.ts';
import type { OutputFields } from '../../../platform/declare/output.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { owns } from '../asset/asset.policy.ts';
import { assets } from '../asset/asset.noun.ts';
import { importedFieldNames, type ImportedField, type Values } from './imported-fields.ts';

export const AssetField = enumeration(
  'AssetField',
  'A field of an asset that an import may write.',
  Object.fromEntries(
    importedFieldNames.map((field) => [field, `The ${field.toLowerCase().replaceAll('_', ' ')} of the asset.`]),
  ) as Record<ImportedField, string>,
);

interface ShownEdit {
  field: ImportedField;
  editedById: string | null;
  editedAt: Date | null;
  imported: Values | null;
}

const AssetHandEdit = valueType(
  'AssetHandEdit',
  'A field of an imported asset that was edited by hand. Imports do not change it.',
  (f: OutputFields<ShownEdit>) => ({
    field: f.enum(AssetField, 'The edited field.'),
    editedBy: f.actor('editedById', 'The actor who last edited it. Null if that was under another owner.'),
    editedAt: f.time('When it was last edited. Null if `editedBy` is null.').nullable(),
    imported: f
      .json(
        'The values of the last import, by the name of each column of the field. Null if the import was for another owner.',
      )
      .nullable(),
  }),
);

export const handEditsOfAsset = extend(assets, (f) => ({
  handEdits: f
    .list(
      AssetHandEdit,
      `Fields of an imported asset that were edited by hand; imports do not change them. For its owners; empty for others. At most ${importedFieldNames.length}, one for each field.`,
      { atMost: importedFieldNames.length },
    )
    .dependsOn('self')
    .from(({ ownerId, importedFor, handEdits }, { actor, system }) => {
      const all = system || isOperator(actor) || actor.platformRoles.includes('AUDITOR');
      const mine = (id: string | null | undefined): boolean => all || (!!id && owns(actor, id));
      if (!mine(ownerId)) return [];
      return importedFieldNames.flatMap((field) => {
        const edit = handEdits[field];
        if (!edit) return [];
        const known = mine(edit.ownerId);
        return {
          field,
          editedById: known ? edit.by : null,
          editedAt: known ? new Date(edit.at) : null,
          imported: mine(importedFor) ? edit.imported : null,
        };
      });
    }),
}));
