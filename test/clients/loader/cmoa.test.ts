import { expect, test } from 'vitest';
import { cmoaLine } from '../../../clients/loader/works/cmoa.ts';
import type { ImportLine } from '../../../clients/loader/works/line.ts';

const work = {
  title: 'Untitled (Poem of Words)',
  creation_date: 'c. 1961',
  creation_date_earliest: '1960-01-01',
  creation_date_latest: '1962-12-31',
  medium: 'gouache on paper',
  accession_number: '2010.62.1',
  id: 'cmoa:things/1',
  credit_line: 'Bequest of a friend',
  date_acquired: '2011-02-03',
  department: 'Contemporary Art',
  item_width: 19.625,
  item_height: 25.625,
  item_depth: 0,
  item_diameter: 0,
  web_url: 'http://collection.example.org/works?item=1',
  provenance_text: 'A collector, until 2010.\n\nNotes:\n[1]. None.',
  classification: 'drawings and watercolors',
  creator: [
    {
      artist_id: 'p1',
      party_type: 'Person',
      full_name: 'Oda Sorel',
      cited_name: 'Sorel, Oda',
      role: null,
      birth_place: ' Port ',
    },
    { artist_id: 'p2', party_type: 'Organization', full_name: 'Quist & Sons', role: 'publisher' },
  ],
};

function lineOf(changes: Record<string, unknown> = {}): ImportLine {
  const read = cmoaLine({ ...work, ...changes }, 7);
  if ('fault' in read) throw new Error(read.fault.message);
  return read.line;
}

test('a record becomes a line, with its creators in order and other fields in the details', () => {
  expect(lineOf()).toEqual({
    line: 7,
    kind: 'ART',
    sourceId: 'cmoa:things/1',
    title: 'Untitled (Poem of Words)',
    sourceUrl: 'http://collection.example.org/works?item=1',
    classification: 'drawings and watercolors',
    department: 'Contemporary Art',
    materials: 'gouache on paper',
    creationDate: 'c. 1961',
    createdEarliest: '1960-01-01',
    createdLatest: '1962-12-31',
    acquiredOn: '2011-02-03',
    accessionNumber: '2010.62.1',
    creditLine: 'Bequest of a friend',
    provenanceText: 'A collector, until 2010.\n\nNotes:\n[1]. None.',
    creators: ['Oda Sorel', 'Quist & Sons'],
    details: {
      dimensions: { unit: 'in', width: 19.625, height: 25.625 },
      creators: [
        { name: 'Oda Sorel', id: 'p1', citedName: 'Sorel, Oda', party: 'Person', birthPlace: 'Port' },
        { name: 'Quist & Sons', id: 'p2', party: 'Organization', role: 'publisher' },
      ],
    },
  });
});

test('a year before the common era is not a date of the graph and is kept in the details', () => {
  const line = lineOf({ creation_date_earliest: '-0664-01-08', creation_date_latest: '-0525-01-07' });
  expect(line.createdEarliest).toBeUndefined();
  expect(line.createdLatest).toBeUndefined();
  expect(line.details).toMatchObject({ createdEarliest: '-0664-01-08', createdLatest: '-0525-01-07' });
});

test('missing values are left out, and missing measurements are not sizes of zero', () => {
  const line = lineOf({ medium: null, credit_line: '  ', item_width: 0, item_height: 0, creator: [] });
  expect(line).not.toHaveProperty('materials');
  expect(line).not.toHaveProperty('creditLine');
  expect(line.creators).toEqual([]);
  expect(line.details).toEqual({});
});

test('unknown fields are kept unchanged', () => {
  expect(lineOf({ physical_location: 'Gallery 8', images: [] }).details).toMatchObject({
    other: { physical_location: 'Gallery 8', images: [] },
  });
});

test('titles and dates are validated by the graph', () => {
  expect(lineOf({ title: undefined, date_acquired: 'soon' })).toMatchObject({ acquiredOn: 'soon' });
});

test.each([
  ['a title that is not text', { ...work, title: 42 }, 'title'],
  ['a creator that is not a list', { ...work, creator: 'Oda Sorel' }, 'creator'],
  ['a creator without a name', { ...work, creator: [{}] }, 'creator.0.full_name'],
  ['a null record', null, null],
  ['a list', [], null],
])('%s is an error of its line', (_, record, field) => {
  expect(cmoaLine(record, 7)).toMatchObject({ fault: { line: 7, field, code: 'invalid_type' } });
});
