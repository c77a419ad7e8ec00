import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Field, InputType, Int } from 'type-graphql';
import { JsonValue } from '../../../platform/scalars/scalars.ts';
import { beginningOf, isBlank, unstorable as unstorableText } from '../../../platform/scalars/text.ts';
import { LineChecked } from '../../../platform/subgraph/input.ts';
import { AssetKind } from '../asset/asset.entity.ts';
import { StructureType } from '../structure/structure-types.ts';
import { newest, structureIssues } from '../structure/structures.ts';

/** Longest provenance text in the catalogues we know is 12,000 characters. */
const longText = 50_000;

const text = (most: number) =>
  z
    .string()
    .trim()
    .max(most)
    .nullish()
    .transform((value) => (value ? value : null));
const date = z.iso
  .date()
  .refine((value) => !value.startsWith('0000'), 'There is no year 0000.')
  .nullish()
  .transform((value) => value ?? null);

/** A text that somebody sees where it is shown. */
const shown = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine((value) => !isBlank(value), 'It is blank.');

function given<T extends z.ZodType>(type: T) {
  return type.nullish().transform((value) => value ?? undefined);
}

/** What a line must keep to. It is checked line by line, so that a bad one is reported and the others go in. */
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
  createdEarliest: date,
  createdLatest: date,
  acquiredOn: date,
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
    .nullish()
    .transform((value) => value ?? null),
  // Absent and not null, so that a line from before these were there has the hash that it had.
  category: given(z.string().trim().toLowerCase().min(1).max(400)),
  structureType: given(z.enum(StructureType.values)),
  structure: given(z.record(z.string(), z.json())),
});

/** The names of what a line may hold, its number apart. */
export const lineFields: ReadonlySet<string> = new Set(Object.keys(lineSchema.shape));

export type ImportedLine = z.output<typeof lineSchema>;

@LineChecked('A line at fault is reported by its number, and the other lines of its batch go in.')
@InputType('AssetImportLineInput', {
  description:
    'One asset of an import. An invalid line is reported by its number, and the others go in; only a value of the wrong type, or JSON of more than 20 levels, refuses the batch.',
})
export class AssetImportLineInput {
  @Field(() => Int, { description: 'Its number in the importer’s file, from 1.' })
  line!: number;

  @Field(() => String, { nullable: true, description: 'Required; the id in the source, 1 to 300 characters.' })
  sourceId?: string | null;

  @Field(() => String, { nullable: true, description: 'Required; 1 to 500 characters.' })
  title?: string | null;

  @Field(() => AssetKind.enum, { nullable: true, description: 'OTHER when absent.' })
  kind?: AssetKind | null;

  @Field(() => String, { nullable: true, description: 'At most 50,000 characters.' })
  description?: string | null;

  @Field(() => String, { nullable: true, description: 'An http address.' })
  sourceUrl?: string | null;

  @Field(() => [String], { nullable: true, description: 'At most 50 names, the first one first.' })
  creators?: string[] | null;

  @Field(() => String, { nullable: true, description: 'At most 300 characters.' })
  classification?: string | null;

  @Field(() => String, { nullable: true, description: 'At most 300 characters.' })
  department?: string | null;

  @Field(() => String, { nullable: true, description: 'Material and technique in words; at most 2,000 characters.' })
  materials?: string | null;

  @Field(() => String, { nullable: true, description: 'When it was made, as it is written.' })
  creationDate?: string | null;

  @Field(() => String, { nullable: true, description: 'A date such as 1961-01-31.' })
  createdEarliest?: string | null;

  @Field(() => String, { nullable: true, description: 'A date such as 1961-01-31.' })
  createdLatest?: string | null;

  @Field(() => String, { nullable: true, description: 'A date such as 1961-01-31.' })
  acquiredOn?: string | null;

  @Field(() => String, { nullable: true, description: 'At most 100 characters.' })
  accessionNumber?: string | null;

  @Field(() => String, { nullable: true, description: 'At most 2,000 characters.' })
  creditLine?: string | null;

  @Field(() => String, { nullable: true, description: 'At most 50,000 characters.' })
  provenanceText?: string | null;

  @Field(() => [String], { nullable: true, description: 'At most 50.' })
  tags?: string[] | null;

  @Field(() => JsonValue, { nullable: true, description: 'Further fields of the source, as an object.' })
  details?: unknown;

  @Field(() => String, { nullable: true, description: 'The path of its category: "art/paintings".' })
  category?: string | null;

  @Field(() => StructureType.enum, { nullable: true, description: 'By which of `assetStructures` it is written.' })
  structureType?: StructureType | null;

  @Field(() => JsonValue, {
    nullable: true,
    description: 'Its structure: an object as the schema of its type wants it.',
  })
  structure?: unknown;
}

export interface LineFault {
  line: number;
  field: string | null;
  code: string;
  message: string;
}

/** Characters of a field's path in a fault, and of what is said of it. A name that a source made up may be as long as its line. */
const fieldAtMost = 200;
const messageAtMost = 500;

/** A fault as it can be stored and shown, whatever a line holds. */
export function lineFault({ line, field, code, message }: LineFault): LineFault {
  const shown = (text: string, most: number): string =>
    beginningOf(text.replace(/[\0\p{Surrogate}]/gu, '\ufffd'), most);
  return {
    line,
    field: field === null ? null : shown(field, fieldAtMost),
    code,
    message: shown(message, messageAtMost),
  };
}

export type CheckedLine = { line: number; values: ImportedLine; hash: string } | { fault: LineFault };

/** Whether a text, or a text somewhere in a JSON value, is one that Postgres refuses: it would cost the whole batch. */
function unstorable(value: unknown): boolean {
  if (typeof value === 'string') return unstorableText(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, each]) => unstorable(name) || unstorable(each));
}

/** What is wrong with the structure of a line: the first fault. */
function structureFault({ kind, structureType, structure }: ImportedLine): Omit<LineFault, 'line'> | null {
  if (!structureType && !structure) return null;
  if (!structureType) return { field: 'structureType', code: 'required', message: 'Say by which type it is written.' };
  if (!structure)
    return { field: 'structure', code: 'required', message: 'A structure type is given with its structure.' };
  const of = newest(structureType);
  if (of.assetKind !== kind) {
    const message = `${structureType} is a structure of ${of.assetKind}, and the asset is ${kind}.`;
    return { field: 'structureType', code: 'structure_kind', message };
  }
  const [issue] = structureIssues(of, structure, ['structure']);
  return issue ? { field: issue.path.join('.'), code: issue.code, message: issue.message } : null;
}

/** Checks the lines of a batch; a source id that stands in it twice is a fault of the later line. */
export function checkLines(lines: readonly AssetImportLineInput[]): CheckedLine[] {
  const seen = new Set<string>();
  return lines.map((input): CheckedLine => {
    const { line, ...rest } = input;
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null && value !== undefined));
    const parsed = lineSchema.safeParse(given);
    const spoiled = Object.entries(given).find(([, value]) => unstorable(value));
    if (spoiled) {
      const message = 'It holds a character that no database stores: U+0000, or half of a surrogate pair.';
      return { fault: lineFault({ line, field: spoiled[0], code: 'invalid_format', message }) };
    }
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const field = issue?.path[0];
      return {
        fault: lineFault({
          line,
          field: field === undefined ? null : String(field),
          code: issue?.code ?? 'invalid',
          message: issue?.message ?? 'The line is at fault.',
        }),
      };
    }
    const values = parsed.data;
    const fault = structureFault(values);
    if (fault) return { fault: lineFault({ line, ...fault }) };
    if (seen.has(values.sourceId)) {
      return {
        fault: lineFault({
          line,
          field: 'sourceId',
          code: 'duplicate_line',
          message: `The source id ${values.sourceId} stands in this batch twice.`,
        }),
      };
    }
    seen.add(values.sourceId);
    return { line, values, hash: hashOf(values) };
  });
}

/** What a line is known again by. It is kept with the asset, so the names are those of the first day. */
function hashOf(values: ImportedLine): string {
  const named = Object.entries(values).map(([name, value]) => [name === 'materials' ? 'medium' : name, value]);
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(named)))
    .digest('base64url');
}
