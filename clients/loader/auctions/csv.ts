import { CsvError, parse } from 'csv-parse/sync';

/** What stands between fields: a comma (RFC 4180), a semicolon (Excel where the comma is the decimal sign), a tab. */
export const delimiters = [',', ';', '\t'] as const;
export type Delimiter = (typeof delimiters)[number];

/**
 * The fields of one line of CSV; null when a quotation mark is not closed or stands within a field that does not begin with one.
 * A field with a line break in it is not read: each auction's row is one line.
 */
export function csvFields(line: string, delimiter: Delimiter = ','): string[] | null {
  try {
    const [fields] = parse(line, { relax_column_count: true, trim: true, delimiter }) as string[][];
    return fields ?? [''];
  } catch (error) {
    if (error instanceof CsvError) return null;
    throw error;
  }
}

/** The delimiter that Excel's first line `sep=;` names; null for one that is not read, undefined for any other line. */
export function namedDelimiter(line: string): Delimiter | null | undefined {
  const named = /^"?sep=(.)"?\s*$/i.exec(line)?.[1];
  return named === undefined ? undefined : (delimiters.find((delimiter) => delimiter === named) ?? null);
}
