import type { Transaction } from '../../../platform/context/context.ts';
import { arg, input as inputWithin, type Given } from '../../../platform/declare/input.ts';
import { Invalid, type Issue } from '../../../platform/errors/errors.ts';
import { moneyOf } from '../../../platform/scalars/money.ts';
import { categoryFor } from '../category/category.service.ts';
import { StructureType } from '../structure/structure-types.ts';
import { newest, structureIssues } from '../structure/structures.ts';
import { traitsAtMost } from '../trait/trait.ts';
import { statedValue, type Asset, type AssetKind, type AssetTraitValue } from './asset.entity.ts';

const trait = inputWithin('AssetTraitInput', 'One trait of an asset, such as the colour of its background.', {
  name: arg.text('1 to 60 characters.', { min: 1, max: 60 }),
  value: arg.text('1 to 120 characters.', { min: 1, max: 120 }),
});

/** The structured arguments of an asset: structure, category, traits and value. */
export const nature = {
  structureType: arg
    .enum(StructureType, 'The type of the structure, one of `assetStructures`; the existing type if absent.')
    .clearable(),
  structure: arg
    .json(
      'Details specific to the type: an object that matches the JSON Schema of its `structureType`. Replaces the existing ones. Every invalid field is reported with its path.',
    )
    .clearable(),
  categoryId: arg
    .id('cat', 'The category of the asset; it must be open. Null removes the asset from its category.')
    .clearable(),
  traits: arg
    .objects(trait, 'Traits, at most 50, each name once. Replaces the existing traits.', { atMost: traitsAtMost })
    .clearable(),
  value: arg.money('The value that the owner states.').clearable(),
};
type AssetNature = Partial<Given<typeof nature>>;

type Columns = Pick<
  Asset,
  'structureType' | 'structureVersion' | 'structure' | 'categoryId' | 'traits' | 'valueMinor' | 'valueCurrency'
>;

/** The columns that an input writes, validated; all errors of the structure are reported together. */
export async function natureOf(
  tx: Transaction,
  input: AssetNature,
  asset: { kind: AssetKind; ownerId: string } & Partial<Columns>,
): Promise<Partial<Columns>> {
  const columns: Partial<Columns> = {};
  const issues: Issue[] = [];
  Object.assign(columns, structureColumns(input, asset, issues));
  if (input.traits !== undefined) columns.traits = traitsOf(input.traits ?? [], issues);
  if (issues.length > 0) throw Invalid.of(issues);
  if (input.value !== undefined) {
    const money = input.value === null ? null : moneyOf(input.value, ['input', 'value']);
    if (money?.minor.startsWith('-'))
      throw new Invalid('value.amount: must not be negative.', { path: ['input', 'value', 'amount'] });
    Object.assign(columns, { valueMinor: money?.minor ?? null, valueCurrency: money?.currency ?? null });
  }
  if (input.categoryId !== undefined) {
    const path = ['input', 'categoryId'];
    if (input.categoryId !== null) await categoryFor(tx, input.categoryId, asset.ownerId, path);
    columns.categoryId = input.categoryId;
  }
  return columns;
}

function structureColumns(
  input: AssetNature,
  asset: { kind: AssetKind; structureType?: StructureType | null },
  issues: Issue[],
): Partial<Columns> {
  const at = (field: string, code: string, message: string): Record<string, never> => {
    issues.push({ path: ['input', field], code, message });
    return {};
  };
  const known = asset.structureType ?? null;
  if (input.structure === undefined) {
    if (input.structureType) return at('structure', 'required', 'structure: is required with a structureType.');
    if (known && newest(known).assetKind !== asset.kind && input.structureType === undefined)
      return at(
        'kind',
        'structure_kind',
        `kind: the structure of the asset is for ${newest(known).assetKind}. Change or clear the structure as well.`,
      );
    return input.structureType === null ? cleared : {};
  }
  if (input.structure === null) return cleared;
  const type = input.structureType ?? known;
  if (!type) return at('structureType', 'required', 'structureType: is required with a structure.');
  const structure = newest(type);
  if (structure.assetKind !== asset.kind)
    at(
      'structureType',
      'structure_kind',
      `structureType: ${type} is for assets of the kind ${structure.assetKind}, but this one is ${asset.kind}.`,
    );
  issues.push(...structureIssues(structure, input.structure, ['input', 'structure']));
  return {
    structureType: type,
    structureVersion: structure.structureVersion,
    structure: input.structure,
  };
}

const cleared = { structureType: null, structureVersion: null, structure: null };

function traitsOf(given: readonly AssetTraitValue[], issues: Issue[]): AssetTraitValue[] {
  const names = new Set<string>();
  return given.map(({ name, value }, n) => {
    const key = name.toLowerCase();
    if (names.has(key))
      issues.push({
        path: ['input', 'traits', String(n), 'name'],
        code: 'duplicate',
        message: `traits: the name ${name} is given twice.`,
      });
    names.add(key);
    return { name, value };
  });
}

/** The columns in the form of facts. */
export function natureTold(asset: Asset): Record<string, unknown> {
  const value = statedValue(asset);
  return {
    structureType: asset.structureType ?? null,
    structure: asset.structure ?? null,
    categoryId: asset.categoryId ?? null,
    traits: asset.traits.map(({ name, value: said }) => ({ name, value: said })),
    value: value && { amount: value.amount, currency: value.currency },
  };
}
