import { CsvError, parse } from 'csv-parse/sync';

/** The delimiters of fields: a comma (RFC 4180), a semicolon (Excel with a decimal comma), a tab. */
export const delimiters = [',', ';', '\t'] as const;
export type Delimiter = (typeof delimiters)[number];

/**
 * The fields of one line of CSV; null if a quotation mark is not closed or appears in a field that does not begin with one. Fields with
 * line breaks are not supported: each row is one line.
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

/** The delimiter in Excel's first line `sep=;`; null for an unsupported one, undefined for any other line. */
export function namedDelimiter(line: string): Delimiter | null | undefined {
  const named = /^"?sep=(.)"?\s*$/i.exec(line)?.[1];
  return named === undefined ? undefined : (delimiters.find((delimiter) => delimiter === named) ?? null);
}
