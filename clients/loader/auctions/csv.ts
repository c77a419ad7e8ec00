/**
 * The fields of one line of CSV (RFC 4180); null when a quotation mark is not closed or stands within a field that does not
 * begin with one. A field with a line break in it is not read: each auction's row is one line.
 */
export function csvFields(line: string): string[] | null {
  const fields: string[] = [];
  for (let at = 0; ;) {
    const quoted = line[at] === '"';
    const field = (quoted ? /"((?:[^"]|"")*)"/y : /([^",]*)/y) as RegExp;
    field.lastIndex = at;
    const [whole, text] = field.exec(line) ?? [];
    if (whole === undefined || text === undefined) return null;
    fields.push(quoted ? text.replaceAll('""', '"') : text.trim());
    at += whole.length;
    if (at === line.length) return fields;
    if (line[at] !== ',') return null;
    at += 1;
  }
}
