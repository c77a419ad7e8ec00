import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addressOf } from '../../../clients/loader/auctions/bidders.ts';
import { csvFields } from '../../../clients/loader/auctions/csv.ts';
import { Pace } from '../../../clients/loader/auctions/pace.ts';
import { cents, decimal, readRecording } from '../../../clients/loader/auctions/recording.ts';
import { removeFolder, throwawayFolder } from '../../testkit/throwaway.ts';

let folder: string;
beforeAll(() => {
  folder = throwawayFolder('recording');
});
afterAll(() => removeFolder(folder));

let files = 0;
function file(text: string | Buffer): string {
  files += 1;
  const path = join(folder, `${files}.csv`);
  writeFileSync(path, text);
  return path;
}

const header = 'auctionid,bid,bidtime,bidder,bidderrate,openbid,price';

test.each([
  ['a,b,,d', ['a', 'b', '', 'd']],
  ['', ['']],
  ['a, b ,', ['a', 'b', '']],
  ['"a, b","say ""no""",""', ['a, b', 'say "no"', '']],
  ['"a,b', null],
  ['a"b,c', null],
  ['"a"b,c', null],
])('%s is read according to RFC 4180', (line, fields) => {
  expect(csvFields(line)).toEqual(fields);
});

test('columns may be in any order; bids are sorted by time, and simultaneous ones by line', async () => {
  const path = file(
    [
      'PRICE,openbid,bidder,bidtime,bid,auctionid',
      '9.5,1,ann,0.5,9,L2',
      '20,5,bea,1E-05,7,L1',
      '9.5,1,cem,0.2,4,L2',
      '9.5,1,dee,0.2,3,L2',
    ].join('\r\n'),
  );
  expect(await readRecording(path)).toEqual({
    lots: [
      {
        id: 'L2',
        line: 2,
        item: null,
        openingBid: '1',
        price: '9.5',
        bids: [
          { line: 4, bidder: 'cem', amount: '4', days: 0.2 },
          { line: 5, bidder: 'dee', amount: '3', days: 0.2 },
          { line: 2, bidder: 'ann', amount: '9', days: 0.5 },
        ],
      },
      {
        id: 'L1',
        line: 3,
        item: null,
        openingBid: '5',
        price: '20',
        bids: [{ line: 3, bidder: 'bea', amount: '7', days: 0.00001 }],
      },
    ],
    faults: [],
    leftOut: 0,
  });
});

const bids = ['L,5,0,bea,0,1,9', 'L,9,1,ann,0,1,9'];
const rows = [header, ...bids];
const separated = (by: string): string => rows.join('\n').replaceAll(',', by);

test.each([
  ['only carriage returns', rows.join('\r')],
  ['mixed line ends', `${header}\r\n${bids[0] ?? ''}\r${bids[1] ?? ''}\n`],
  ['semicolons', separated(';')],
  ['tabs', separated('\t')],
  ['sep= and semicolons', `sep=;\r\n${separated(';')}`],
  ['sep= and tabs', `sep=\t\r\n${separated('\t')}`],
  ['UTF-16 as Excel writes it', Buffer.from(`\uFEFF${separated('\t')}`, 'utf16le')],
  ['UTF-16 in the other byte order', Buffer.from(`\uFEFF${separated('\t')}`, 'utf16le').swap16()],
  ['UTF-16 without a byte order mark', Buffer.from(separated(','), 'utf16le')],
  ['a byte order mark of UTF-8', `\uFEFF${rows.join('\n')}`],
  ['empty rows and columns', `${header},,\n${bids[0] ?? ''},,\n,,,,,,,,\n${bids[1] ?? ''}\n,,,,,,,,\n`],
])('%s are read, and no bid is lost', async (_what, text) => {
  const { lots, faults } = await readRecording(file(text));
  expect(faults).toEqual([]);
  expect(lots.map(({ id, bids: placed }) => [id, placed.map(({ bidder, amount }) => [bidder, amount])])).toEqual([
    [
      'L',
      [
        ['bea', '5'],
        ['ann', '9'],
      ],
    ],
  ]);
});

test('a value in a column without a name is an error, since it would be lost', async () => {
  const { faults, lots } = await readRecording(file(`${header},\nL,5,0,bea,0,1,9,kept?\n`));
  expect([lots, faults]).toMatchObject([
    [],
    [{ line: 2, code: 'invalid_row', message: expect.stringContaining('Field 8 has a value') as string }],
  ]);
});

test.each([
  ['L,0,1,ann,0,1,9', 'bid'],
  ['L,1e3,1,ann,0,1,9', 'bid'],
  ['L,1234567890123,1,ann,0,1,9', 'bid'],
  ['L,9,-1,ann,0,1,9', 'bidtime'],
  ['L,9,101,ann,0,1,9', 'bidtime'],
  ['L,9,,ann,0,1,9', 'bidtime'],
  ['L,9,1,,0,1,9', 'bidder'],
  [`L,9,1,${'n'.repeat(81)},0,1,9`, 'bidder'],
  ['L,9,1,an\u0000n,0,1,9', 'bidder'],
  ['L,9,1,ann,0,0.00,9', 'openbid'],
  ['L,9,1,ann,0,1,$9', 'price'],
])('%j is an error of its line and excludes its lot', async (row, field) => {
  const recording = await readRecording(file(`${header}\nL,5,0,bea,0,1,9\n${row}\nM,5,0,bea,0,1,5\n`));
  expect(recording.faults).toMatchObject([{ line: 3, field }]);
  expect(recording.lots.map(({ id }) => id)).toEqual(['M']);
  expect(recording.leftOut).toBe(1);
});

test.each([
  ['', /is empty: it must begin with the columns auctionid/],
  [Buffer.from(`${header}\nL,5,0,Mus\xe9e,0,1,9\n`, 'latin1'), /line 2: The line is not UTF-8 \(perhaps Windows-1252/],
  [`sep=|\n${header}\n`, /line 1: sep= must name a comma, a semicolon or a tab/],
  ['a,b\n1,2\n', /line 1: This file has no recorded auctions: the columns auctionid, bid, .*price are missing/],
  [`${header},bid\n`, /line 1: The column bid appears twice/],
  [`${header}\nL,5,0,bea,0,1,9\n,5,0,bea,0,1,9\n`, /line 3: The row names no auction/],
  [`${header}\n"L,5,0,bea,0,1,9\n`, /line 2: A quotation mark is out of place\. Its lot/],
])('%j makes the file invalid, with the line', async (text, reason) => {
  await expect(readRecording(file(text))).rejects.toThrow(reason);
});

test('amounts are cents, exactly', () => {
  expect(['177.5', '0.05', '999999999999.99', '3'].map(cents)).toEqual([17_750n, 5n, 99_999_999_999_999n, 300n]);
  expect([17_750n, 5n, -1n, -12_345n, 0n].map(decimal)).toEqual(['177.50', '0.05', '-0.01', '-123.45', '0.00']);
});

test('each recorded name has a unique, stable address that receives no mail', () => {
  expect(addressOf('ebay-cartier', 'bidder-00001')).toMatch(/^bidder-00001\.[0-9a-f]{12}@ebay-cartier\.invalid$/);
  expect(addressOf('ebay-cartier', 'bidder-00001')).toBe(addressOf('ebay-cartier', 'bidder-00001'));
  expect(addressOf('Übung №1', '***')).toMatch(/^[0-9a-f]{12}@bung-1\.invalid$/);
  expect(addressOf('r', 'Ann')).not.toBe(addressOf('r', 'ann'));
});

test('the recorded clock continues from where it is set, and an abort ends the wait', async () => {
  const leaving = new AbortController();
  const pace = new Pace(86_400);
  pace.set(3);
  const began = performance.now();
  await pace.until(3.05, leaving.signal);
  expect(performance.now() - began).toBeGreaterThanOrEqual(49);
  const waiting = pace.until(100, leaving.signal);
  leaving.abort();
  await waiting;
  await new Pace(null).until(100, new AbortController().signal);
  expect(performance.now() - began).toBeLessThan(20_000);
});
