import type { OutputFields } from '../../../platform/declare/output.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { beginningOf } from '../../../platform/scalars/text.ts';

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

export const AssetImportLineFault = valueType(
  'AssetImportLineFault',
  'Why a line was rejected.',
  (f: OutputFields<LineFault>) => ({
    line: f.int('The number with which the line was sent.'),
    field: f.text('The invalid field; null if the line as a whole is invalid.').nullable(),
    code: f.text('For programs: `too_big`, `invalid_format`, `duplicate_line` and the like.'),
    message: f.text('What is wrong with the line, for people.'),
  }),
);
