import { describe, expect, it } from 'vitest';
import { csvCell, toCsv } from '../../../clients/console/result/csv.ts';

const columns = [
  { key: 'name', numeric: false },
  { key: 'price.amount', numeric: true },
];

describe('toCsv', () => {
  it('writes a header and ends every line with CRLF', () => {
    expect(toCsv({ columns, rows: [['vase', '1.50']] })).toBe('name,price.amount\r\nvase,1.50\r\n');
  });

  it('starts with a byte order mark only if asked to', () => {
    expect(toCsv({ columns, rows: [] }).startsWith('name')).toBe(true);
    expect(toCsv({ columns, rows: [] }, { byteOrderMark: true }).startsWith('\uFEFFname')).toBe(true);
  });

  it('leaves cells without a value empty', () => {
    expect(toCsv({ columns, rows: [[null, undefined]] })).toContain('\r\n,\r\n');
  });
});

describe('csvCell', () => {
  it('quotes commas, quotes and line breaks, and doubles quotes', () => {
    expect(csvCell('a,b')).toBe('"a,b"');
    expect(csvCell('a "b"')).toBe('"a ""b"""');
    expect(csvCell('a\nb')).toBe('"a\nb"');
    expect(csvCell('Étude')).toBe('Étude');
  });

  it.each(['=1+1', '+cmd', '-3 lamp', '@SUM(A1)', '\t=1', '-', '--1', '+49 30 1234'])(
    'puts an apostrophe before %j, which a spreadsheet would execute',
    (text) => {
      expect(csvCell(text)).toBe(`'${text}`);
    },
  );

  it.each([
    ['a;=1+1', "a;'=1+1"],
    ['a; @SUM(A1);b', "a;' @SUM(A1);b"],
    ['\n=1+1', '"\'\n=1+1"'],
    ['first\r\n=1+1', '"first\r\'\n=1+1"'],
    [' =1+1', "' =1+1"],
    ['a\t-1+1', "a\t'-1+1"],
    ['＝1+1', "'＝1+1"],
  ])('guards %j where a spreadsheet may start a cell', (text, guarded) => {
    expect(csvCell(text)).toBe(guarded);
  });

  it.each(['a=b', 'one; two', 'x - y', 'mail@example.org'])('leaves %j unchanged', (text) => {
    expect(csvCell(text)).toBe(text);
  });

  it.each(['-3', '+4.5', '-0.10', '1e-7', '-1E+9', '.5'])('leaves the number %s unchanged', (text) => {
    expect(csvCell(text)).toBe(text);
  });

  it('quotes a guarded cell as well', () => {
    expect(csvCell('=HYPERLINK("x","y")')).toBe('"\'=HYPERLINK(""x"",""y"")"');
  });
});
