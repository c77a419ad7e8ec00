import type { Transaction } from '../../../platform/context/context.ts';
import { Invalid, type Issue } from '../../../platform/errors/errors.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import { Money, moneyOf, type MoneyInput } from '../../../platform/scalars/money.ts';
import { categoryFor } from '../category/category.service.ts';
import type { StructureType } from '../structure/structure-types.ts';
import { newest, structureIssues } from '../structure/structures.ts';
import type { Asset, AssetKind, AssetTraitValue } from './asset.entity.ts';

/** What an asset is beyond its text. Absent leaves, null clears. */
export interface AssetNature {
  structureType?: StructureType | null;
  structure?: unknown;
  categoryId?: string | null;
  traits?: AssetTraitValue[] | null;
  value?: MoneyInput | null;
}

type Columns = Pick<
  Asset,
  'structureType' | 'structureVersion' | 'structure' | 'categoryId' | 'traits' | 'valueMinor' | 'valueCurrency'
>;

/** The columns that an input writes, checked; every fault of the structure is told at once. */
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
      throw new Invalid('A value is not below zero.', { path: ['input', 'value', 'amount'] });
    Object.assign(columns, { valueMinor: money?.minor ?? null, valueCurrency: money?.currency ?? null });
  }
  if (input.categoryId !== undefined) {
    const path = ['input', 'categoryId'];
    if (input.categoryId !== null) {
      checkId(input.categoryId, 'cat', path);
      await categoryFor(tx, input.categoryId, asset.ownerId, path);
    }
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
    if (input.structureType) return at('structure', 'required', 'A structure type is given with its structure.');
    if (known && newest(known).assetKind !== asset.kind && input.structureType === undefined)
      return at(
        'kind',
        'structure_kind',
        `Its structure is that of ${newest(known).assetKind}: change or clear it, too.`,
      );
    return input.structureType === null ? cleared : {};
  }
  if (input.structure === null) return cleared;
  const type = input.structureType ?? known;
  if (!type) return at('structureType', 'required', 'Say by which structure type it is written.');
  const structure = newest(type);
  if (structure.assetKind !== asset.kind)
    at(
      'structureType',
      'structure_kind',
      `${type} is a structure of ${structure.assetKind}, and the asset is ${asset.kind}.`,
    );
  issues.push(...structureIssues(structure, input.structure, ['input', 'structure']));
  return {
    structureType: type,
    structureVersion: structure.structureVersion,
    structure: input.structure as Record<string, unknown>,
  };
}

const cleared = { structureType: null, structureVersion: null, structure: null };

function traitsOf(given: readonly AssetTraitValue[], issues: Issue[]): AssetTraitValue[] {
  const names = new Set<string>();
  return given.map(({ name, value }, n) => {
    const trait = { name: name.trim(), value: value.trim() };
    const key = trait.name.toLowerCase();
    if (names.has(key))
      issues.push({
        path: ['input', 'traits', String(n), 'name'],
        code: 'duplicate',
        message: `The trait ${trait.name} stands there twice.`,
      });
    names.add(key);
    return trait;
  });
}

export function statedValue({ valueMinor, valueCurrency }: Pick<Asset, 'valueMinor' | 'valueCurrency'>): Money | null {
  return valueMinor && valueCurrency ? new Money(valueMinor, valueCurrency) : null;
}

/** The columns as facts tell them. */
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
