import type { OutputFields } from '../../../platform/declare/output.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { beginningOf } from '../../../platform/scalars/text.ts';

export interface LineFault {
  line: number;
  field: string | null;
  code: string;
  message: string;
}

/** Characters of the path of a field, and of a message. A field name in a source may be as long as its line. */
const fieldAtMost = 200;
const messageAtMost = 500;

/** An error in storable form, whatever a line contains. */
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
    line: f.int('Number of the line, as sent.'),
    field: f.text('The invalid field; null if the line as a whole is invalid.').nullable(),
    code: f.text(
      'Code for programs, such as `required`, `too_big`, `invalid_format`, `duplicate_line`, `unknown_category` or `transferred`.',
    ),
    message: f.text('What is wrong with the line, in English.'),
  }),
);
