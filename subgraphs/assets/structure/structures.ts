import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Issue } from '../../../platform/errors/errors.ts';
import type { AssetKind } from '../asset/asset.entity.ts';
import { artwork } from './schemas/art.ts';
import { collectible } from './schemas/collectible.ts';
import { document, other } from './schemas/document.ts';
import { musicAlbum, musicStem, musicTrack } from './schemas/music.ts';
import type { JsonSchema } from './schemas/schema.ts';
import { token } from './schemas/token.ts';
import type { StructureType } from './structure-types.ts';

/** One version of a structure. A released version is never changed; changes need a new version. */
export interface Structure {
  structureType: StructureType;
  structureVersion: number;
  title: string;
  /** The kind of asset that can have it. */
  assetKind: AssetKind;
  /** JSON Schema, draft 2020-12. */
  schema: JsonSchema;
}

function structure(
  structureType: StructureType,
  assetKind: AssetKind,
  title: string,
  versions: readonly JsonSchema[],
): Structure[] {
  return versions.map((schema, n) => {
    const structureVersion = n + 1;
    const $id = `urn:ensemble:asset-structure:${structureType.toLowerCase().replace('_', '-')}:${structureVersion}`;
    const head = { $schema: 'https://json-schema.org/draft/2020-12/schema', $id, title };
    return { structureType, structureVersion, title, assetKind, schema: { ...head, ...schema } };
  });
}

/** Every version of every structure, the oldest of each first. Stored structures name the version that validated them. */
export const structures: readonly Structure[] = [
  ...structure('MUSIC_ALBUM', 'MUSIC', 'Album', [musicAlbum]),
  ...structure('MUSIC_TRACK', 'MUSIC', 'Track', [musicTrack]),
  ...structure('MUSIC_STEM', 'MUSIC', 'Stem', [musicStem]),
  ...structure('ARTWORK', 'ART', 'Artwork', [artwork]),
  ...structure('COLLECTIBLE', 'COLLECTIBLE', 'Collectible item', [collectible]),
  ...structure('TOKEN', 'NFT', 'Token', [token]),
  ...structure('DOCUMENT', 'DOCUMENT', 'Document', [document]),
  ...structure('OTHER', 'OTHER', 'Other', [other]),
];

/** The newest version of a structure, which validates everything that is written. */
export function newest(type: StructureType): Structure {
  const found = structures.findLast(({ structureType }) => structureType === type);
  if (!found) throw new Error(`there is no structure ${type}`);
  return found;
}

/** GS1 check digit: weights 3 and 1 from the right (GS1 General Specifications, 7.9). */
export function isGtin(code: string): boolean {
  if (!/^(\d{12}|\d{13}|\d{14})$/.test(code)) return false;
  const sum = Array.from(code)
    .reverse()
    .reduce((so, digit, n) => so + Number(digit) * (n % 2 === 0 ? 1 : 3), 0);
  return sum % 10 === 0;
}

function isDate(value: string): boolean {
  const parts = /^(?!0000)\d{4}-\d{2}-\d{2}$/.test(value) ? new Date(`${value}T00:00:00Z`) : null;
  return parts !== null && !Number.isNaN(parts.getTime()) && parts.toISOString().startsWith(value);
}

const ajv = new Ajv2020({ allErrors: true, verbose: true, strict: true, strictRequired: false, strictTypes: false });
ajv.addFormat('gtin', isGtin);
ajv.addFormat('date', isDate);
ajv.addFormat('resource', (value: string) => /^(https|ipfs|ar|data):/.test(value) && URL.canParse(value));
ajv.addFormat('eip155-token', (value: string) => {
  const id = value.slice(value.lastIndexOf('/') + 1);
  return /^\d{1,78}$/.test(id) && BigInt(id) < 2n ** 256n;
});
ajv.addKeyword({
  keyword: 'editionOrder',
  type: 'object',
  schemaType: 'boolean',
  validate: (_: boolean, { number, size }: { number?: unknown; size?: unknown }) =>
    typeof number !== 'number' || typeof size !== 'number' || number <= size,
});

const compiled = new Map<Structure, ValidateFunction>();

/** The errors of a structure, each with its path below `path`; empty if it matches its schema. */
export function structureIssues(of: Structure, value: unknown, path: readonly string[]): Issue[] {
  let validate = compiled.get(of);
  if (!validate) compiled.set(of, (validate = ajv.compile(of.schema)));
  if (validate(value)) return [];
  const seen = new Set<string>();
  return (validate.errors ?? []).flatMap((error) => {
    // A failed condition is reported twice, as `if` and by its requirement; only the second is useful.
    if (error.keyword === 'if') return [];
    const issue = issueOf(error, path);
    const known = `${issue.path.join('/')}\n${issue.code}`;
    if (seen.has(known)) return [];
    seen.add(known);
    return [issue];
  });
}

const sentences: Record<string, (parameters: Record<string, unknown>) => string> = {
  required: () => 'is wanted',
  additionalProperties: () => 'is unknown here',
  propertyNames: ({ propertyName }) => `has the name "${String(propertyName).slice(0, 60)}", which is invalid`,
  not: () => 'cannot be given here',
  enum: ({ allowedValues }) => `must be one of ${(allowedValues as unknown[]).join(', ')}`,
  editionOrder: () => 'has a number above its size',
};

function issueOf(error: ErrorObject, path: readonly string[]): Issue {
  const { keyword, message = 'is invalid', parentSchema } = error;
  const parameters = error.params as Record<string, unknown>;
  const named = keyword === 'required' ? parameters['missingProperty'] : parameters['additionalProperty'];
  const steps = error.instancePath.split('/').slice(1).map(unescaped);
  const here = [...path, ...steps, ...(typeof named === 'string' ? [named] : [])];
  const description = parentSchema?.['description'];
  const about = typeof description === 'string' && typeof named !== 'string' ? `: ${description}` : '.';
  const sentence = sentences[keyword]?.(parameters) ?? message;
  return { path: here, code: keyword, message: `${here.at(-1) ?? 'structure'} ${sentence}${about}` };
}

/** JSON Pointer (RFC 6901). */
function unescaped(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}
