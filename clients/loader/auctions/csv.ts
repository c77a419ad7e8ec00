import { CsvError, parse } from 'csv-parse/sync';

/**
 * The fields of one line of CSV (RFC 4180); null when a quotation mark is not closed or stands within a field that does not
 * begin with one. A field with a line break in it is not read: each auction's row is one line.
 */
export function csvFields(line: string): string[] | null {
  try {
    const [fields] = parse(line, { relax_column_count: true, trim: true }) as string[][];
    return fields ?? [''];
  } catch (error) {
    if (error instanceof CsvError) return null;
    throw error;
  }
}
