import type { Asset, AssetTraitValue } from '../../asset/asset.entity.ts';
import { newest, structureIssues } from '../../structure/structures.ts';
import { traitsAtMost } from '../../trait/trait.ts';
import { problem, type FetchProblem } from '../problems.ts';
import type { FetchedRecord } from '../record.ts';
import { tidy } from '../tidy.ts';
import type { TokenMetadata } from './metadata.ts';
import type { TokenReading } from './token-reading.ts';

/** The limits of `AssetCreateInput` and `AssetTraitInput`. */
const limits = { title: 500, description: 20_000, traitName: 60, traitValue: 120, address: 2_000 };

/** The record of a token from its chain and its metadata. */
export function tokenRecord(reading: TokenReading, metadata: TokenMetadata | null): FetchedRecord {
  const tokenId = reading.caip19.slice(reading.caip19.lastIndexOf('/') + 1);
  const kept = metadata && metadataColumns(metadata);
  const fallback = `${reading.contractName ?? 'Token'} #${tokenId}`.slice(0, limits.title);
  return {
    sourceKind: 'ON_CHAIN',
    source: reading.caip19.slice(0, reading.caip19.indexOf('/')),
    sourceId: reading.caip19,
    columns: {
      kind: 'NFT',
      ...structureOf(reading),
      ...kept?.columns,
      ...(kept ? { title: kept.title ?? fallback } : {}),
    },
    fallback: { title: fallback },
    notes: kept?.notes ?? [],
  };
}

function structureOf({ caip19, metadataUri, supply }: TokenReading): Partial<Asset> {
  const of = newest('TOKEN');
  const structure = { caip19, ...(supply === null ? {} : { supply }) };
  const withUrl = { ...structure, metadataUrl: metadataUri };
  return {
    structureType: of.structureType,
    structureVersion: of.structureVersion,
    // A contract may name any text as its metadata.
    structure: structureIssues(of, withUrl, []).length === 0 ? withUrl : structure,
  };
}

function metadataColumns(metadata: TokenMetadata): {
  title: string | null;
  columns: Partial<Asset>;
  notes: FetchProblem[];
} {
  const { traits, isCut } = traitsOf(metadata.attributes);
  const [title, description] = [tidy(metadata.name, limits.title), tidy(metadata.description, limits.description)];
  const address = (text: unknown): string | null =>
    typeof text === 'string' && text.length <= limits.address ? tidy(text, limits.address) : null;
  const page = address(metadata.external_url);
  const details = Object.fromEntries(
    Object.entries({ image: address(metadata.image), animation: address(metadata.animation_url) }).filter(
      ([, value]) => value !== null,
    ),
  );
  const isLonger = (text: unknown, atMost: number): boolean => typeof text === 'string' && text.trim().length > atMost;
  const cut = isCut || isLonger(metadata.name, limits.title) || isLonger(metadata.description, limits.description);
  return {
    title,
    columns: {
      description,
      sourceUrl: page && /^https?:\/\//.test(page) && URL.canParse(page) ? page : null,
      details: Object.keys(details).length > 0 ? details : null,
      traits,
    },
    notes: cut ? [problem('METADATA_CUT')] : [],
  };
}

/** Attributes in the form of marketplaces: `{ trait_type, value }`. Those without a name cannot be counted and are left out. */
function traitsOf(attributes: readonly unknown[]): { traits: AssetTraitValue[]; isCut: boolean } {
  const traits = new Map<string, AssetTraitValue>();
  let isCut = false;
  for (const each of attributes) {
    if (typeof each !== 'object' || each === null) continue;
    const { trait_type: type, value: said } = each as { trait_type?: unknown; value?: unknown };
    const text = ['number', 'boolean'].includes(typeof said) ? String(said) : said;
    const [name, value] = [tidy(type, limits.traitName), tidy(text, limits.traitValue)];
    if (name === null || value === null || traits.has(name.toLowerCase())) continue;
    if (traits.size >= traitsAtMost) return { traits: [...traits.values()], isCut: true };
    isCut ||= name.length < String(type).trim().length || value.length < String(text).trim().length;
    traits.set(name.toLowerCase(), { name, value });
  }
  return { traits: [...traits.values()], isCut };
}
