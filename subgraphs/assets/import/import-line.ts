import { createHash } from 'node:crypto';
import { z } from 'zod';
import { arg, input, type GivenBy } from '../../../platform/declare/input.ts';
import { isBlank, unstorable as unstorableText } from '../../../platform/scalars/text.ts';
import { LineChecked } from '../../../platform/input/check.ts';
import { AssetKind } from '../asset/asset.entity.ts';
import { detailsAtMost, detailsFault } from '../asset/details.ts';
import { StructureType } from '../structure/structure-types.ts';
import { newest, structureIssues } from '../structure/structures.ts';
import { lineFault, type LineFault } from './line-fault.ts';

/** Characters of a long text. The longest provenance text in the catalogues we know has 12,000. */
const longText = 50_000;

const text = (most: number) =>
  z
    .string()
    .trim()
    .max(most)
    .nullish()
    .transform((value) => (value ? value : null));
const day = z.iso
  .date()
  .refine((value) => !value.startsWith('0000'), 'There is no year 0000.')
  .nullish()
  .transform((value) => value ?? null);

/** A displayed text, which must not be blank. */
const shown = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine((value) => !isBlank(value), 'It must not be blank.');

function given<T extends z.ZodType>(type: T) {
  return type.nullish().transform((value) => value ?? undefined);
}

/** The schema of a line. Lines are validated one by one, so that an invalid one is reported and the others are imported. */
const lineSchema = z.object({
  sourceId: z.string().trim().min(1).max(300),
  title: shown(500),
  kind: z.enum(AssetKind.values).default('OTHER'),
  description: text(longText),
  sourceUrl: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .nullish()
    .transform((value) => value ?? null),
  creators: z
    .array(shown(300))
    .max(50)
    .nullish()
    .transform((value) => value ?? []),
  classification: text(300),
  department: text(300),
  materials: text(2000),
  creationDate: text(300),
  createdEarliest: day,
  createdLatest: day,
  acquiredOn: day,
  accessionNumber: text(100),
  creditLine: text(2000),
  provenanceText: text(longText),
  tags: z
    .array(shown(60))
    .max(50)
    .nullish()
    .transform((value) => value ?? []),
  details: z
    .record(z.string().max(100), z.json())
    .check(({ value, issues }) => {
      const message = detailsFault(value);
      if (message) issues.push({ code: 'too_big', origin: 'record', maximum: detailsAtMost, input: value, message });
    })
    .nullish()
    .transform((value) => value ?? null),
  // Absent and not null, so that lines from before these fields existed keep their hash.
  category: given(z.string().trim().toLowerCase().min(1).max(400)),
  structureType: given(z.enum(StructureType.values)),
  structure: given(z.record(z.string(), z.json())),
});

/** The fields of a line, without its number. */
export const lineFields: ReadonlySet<string> = new Set(Object.keys(lineSchema.shape));

export type ImportedLine = z.output<typeof lineSchema>;

/** The same limits as in `lineSchema`, which checks them line by line. */
const words = (description: string, max = 300) => arg.text(description, { max }).optional();
const date = words('A date such as 1961-01-31.', 10);

export const AssetImportLine = input(
  'AssetImportLineInput',
  'One asset of an import. An invalid line is reported by its number, and the others are imported; only a value of the wrong type, or JSON of more than 20 levels, refuses the batch.',
  {
    line: arg.int('Number of the line in the importer’s file, from 1.', { min: 1, max: 2_147_483_647 }),
    sourceId: words('The id in the source. Required; 1 to 300 characters.'),
    title: words('Required; 1 to 500 characters.', 500),
    kind: arg.enum(AssetKind, 'The kind of asset; OTHER if absent.').optional(),
    description: words('At most 50,000 characters.', longText),
    sourceUrl: words('The web page at the source: an http or https address of at most 2,000 characters.', 2000),
    creators: arg
      .texts('Names of the makers in order; at most 50 of 300 characters each.', { atMost: 50, max: 300 })
      .optional(),
    classification: words('At most 300 characters.'),
    department: words('At most 300 characters.'),
    materials: words('Material and technique in words; at most 2,000 characters.', 2000),
    creationDate: words('The date of creation as the source words it; at most 300 characters.'),
    createdEarliest: date,
    createdLatest: date,
    acquiredOn: date,
    accessionNumber: words('At most 100 characters.', 100),
    creditLine: words('At most 2,000 characters.', 2000),
    provenanceText: words('At most 50,000 characters.', longText),
    tags: arg.texts('At most 50.', { atMost: 50, max: 60 }).optional(),
    details: arg.json('Further fields of the source, as an object of at most 128 kB as JSON.').optional(),
    category: words('The path of an open category, such as "art/paintings".', 400),
    structureType: arg.enum(StructureType, 'The type of the structure, one of `assetStructures`.').optional(),
    structure: arg
      .json('Details specific to the type: an object that matches the schema of its `structureType`.')
      .optional(),
  },
);
LineChecked('An invalid line is reported by its number, and the other lines of its batch are imported.')(
  AssetImportLine.type,
);
export type ImportLine = Partial<GivenBy<typeof AssetImportLine>> & { line: number };

export type CheckedLine = { line: number; values: ImportedLine; hash: string } | { fault: LineFault };

/** Whether a text, or a text within a JSON value, is one that Postgres refuses, which would fail the whole batch. */
function unstorable(value: unknown): boolean {
  if (typeof value === 'string') return unstorableText(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, each]) => unstorable(name) || unstorable(each));
}

/** The first error in the structure of a line. */
function structureFault({ kind, structureType, structure }: ImportedLine): Omit<LineFault, 'line'> | null {
  if (!structureType && !structure) return null;
  if (!structureType) return { field: 'structureType', code: 'required', message: 'It is required with a structure.' };
  if (!structure) return { field: 'structure', code: 'required', message: 'It is required with a structureType.' };
  const of = newest(structureType);
  if (of.assetKind !== kind) {
    const message = `${structureType} is for assets of the kind ${of.assetKind}, but this one is ${kind}.`;
    return { field: 'structureType', code: 'structure_kind', message };
  }
  const [issue] = structureIssues(of, structure, ['structure']);
  return issue ? { field: issue.path.join('.'), code: issue.code, message: issue.message } : null;
}

/** Checks the lines of a batch; a repeated source id is an error of the later line. */
export function checkLines(lines: readonly ImportLine[]): CheckedLine[] {
  const seen = new Set<string>();
  return lines.map(({ line, ...rest }): CheckedLine => {
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null && value !== undefined));
    const parsed = lineSchema.safeParse(given);
    const spoiled = Object.entries(given).find(([, value]) => unstorable(value));
    if (spoiled) {
      const message = 'It contains a character that cannot be stored: U+0000, or half of a surrogate pair.';
      return { fault: lineFault({ line, field: spoiled[0], code: 'invalid_format', message }) };
    }
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const [field] = issue?.path ?? [];
      const { code = 'invalid', message = 'The line is invalid.' } = issue ?? {};
      return { fault: lineFault({ line, field: field === undefined ? null : String(field), code, message }) };
    }
    const values = parsed.data;
    const fault = structureFault(values);
    if (fault) return { fault: lineFault({ line, ...fault }) };
    if (seen.has(values.sourceId)) {
      const message = `An earlier line of this batch has the source id ${values.sourceId}, too.`;
      return { fault: lineFault({ line, field: 'sourceId', code: 'duplicate_line', message }) };
    }
    seen.add(values.sourceId);
    return { line, values, hash: hashOf(values) };
  });
}

/** The hash that identifies a line. It is stored with the asset, so it uses the original field names. */
function hashOf(values: ImportedLine): string {
  const named = Object.entries(values).map(([name, value]) => [name === 'materials' ? 'medium' : name, value]);
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(named)))
    .digest('base64url');
}
