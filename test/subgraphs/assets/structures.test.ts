import { describe, expect, test } from 'vitest';
import { gradesOf } from '../../../subgraphs/assets/structure/schemas/collectible.ts';
import { caip19Parts } from '../../../subgraphs/assets/structure/schemas/token.ts';
import { isGtin, newest, structureIssues, structures } from '../../../subgraphs/assets/structure/structures.ts';
import { StructureType } from '../../../subgraphs/assets/structure/structure-types.ts';
import { percentOf } from '../../../subgraphs/assets/trait/trait.ts';

/** The errors of a value as `path code`. */
const faults = (type: StructureType, value: unknown) =>
  structureIssues(newest(type), value, ['structure']).map(({ path, code }) => `${path.join('.')} ${code}`);
const slab = (grading: object, itemType = 'CARD') => ({
  itemType,
  grading: { certificateNumber: '12345678', ...grading },
});

test('every structure has a schema of draft 2020-12 with its own id, and belongs to a kind', () => {
  expect(new Set(structures.map(({ schema }) => schema['$id'])).size).toBe(structures.length);
  for (const { schema } of structures) expect(schema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema');
  expect(new Set(structures.map(({ assetKind }) => assetKind)).size).toBe(6);
});

test.each(StructureType.values.filter((type) => type !== 'OTHER'))('%s accepts no unknown field', (type) => {
  expect(faults(type, { colour: 'red' })).toContain('structure.colour additionalProperties');
});

test.each(StructureType.values)('%s is an object', (type) => {
  for (const value of [[], 'text', 7]) expect(faults(type, value)).toEqual(['structure type']);
});

describe('music', () => {
  test('an album, a track and a stem with all fields are valid', () => {
    const album = {
      gtin: '0602445790128',
      label: 'North',
      releaseType: 'EP',
      releaseDate: '2024-02-29',
      genres: ['Jazz'],
    };
    const track = {
      isrc: 'USRC17607839',
      iswc: 'T0345246801',
      durationMs: 215_000,
      position: 1,
      musicalKey: 'F# minor',
    };
    expect(faults('MUSIC_ALBUM', album)).toEqual([]);
    expect(faults('MUSIC_TRACK', track)).toEqual([]);
    expect(faults('MUSIC_STEM', { role: 'VOCALS', bitDepth: 24, sampleRateHz: 48_000, bpm: 92.5 })).toEqual([]);
  });

  test('every error is reported with its path', () => {
    const track = { isrc: 'US-RC1-76-07839', durationMs: 0, position: 1.5, language: 'deutsch!' };
    expect(faults('MUSIC_TRACK', track).sort()).toEqual([
      'structure.durationMs minimum',
      'structure.isrc pattern',
      'structure.language pattern',
      'structure.position type',
    ]);
    const album = { gtin: '0602445790129', releaseDate: '2023-02-29', genres: ['a', 'a'] };
    expect(faults('MUSIC_ALBUM', album).sort()).toEqual([
      'structure.genres uniqueItems',
      'structure.gtin format',
      'structure.releaseDate format',
    ]);
  });

  test('a GTIN is validated by its check digit', () => {
    for (const code of ['012345678905', '4006381333931', '00012345678905']) expect(isGtin(code)).toBe(true);
    for (const code of ['012345678904', '4006381333932', '12345678', '']) expect(isGtin(code)).toBe(false);
  });
});

describe('art', () => {
  test('sides have a unit, and the number in an edition is at most its size', () => {
    const work = {
      dimensions: { unit: 'cm', height: 40.5, width: 30 },
      edition: { number: 3, size: 25 },
      signed: true,
    };
    expect(faults('ARTWORK', work)).toEqual([]);
    expect(faults('ARTWORK', { dimensions: { height: 40 } })).toEqual([
      'structure.dimensions minProperties',
      'structure.dimensions.unit required',
    ]);
    expect(faults('ARTWORK', { edition: { number: 26, size: 25 } })).toEqual(['structure.edition editionOrder']);
    expect(faults('ARTWORK', { dimensions: { unit: 'cm', height: 0 } })).toEqual([
      'structure.dimensions.height exclusiveMinimum',
    ]);
  });
});

describe('collectibles', () => {
  const scales = [
    { grader: 'PSA', itemType: 'CARD', grades: gradesOf.PSA, not: ['9.5', '0.5', '10.0', '11'] },
    { grader: 'BGS', itemType: 'CARD', grades: gradesOf.BGS, not: ['9.8', '0.5', '10.5'] },
    { grader: 'CGC', itemType: 'CARD', grades: gradesOf.CGC_CARDS, not: ['9.8', '1.8'] },
    { grader: 'CGC', itemType: 'COMIC', grades: gradesOf.CGC_COMICS, not: ['9.5', '10', '9.7'] },
  ];

  test.each(scales)('$grader grades a $itemType by its own scale', ({ grader, itemType, grades, not }) => {
    for (const grade of grades) expect(faults('COLLECTIBLE', slab({ grader, grade }, itemType))).toEqual([]);
    for (const grade of not)
      expect(faults('COLLECTIBLE', slab({ grader, grade }, itemType))).toEqual(['structure.grading.grade enum']);
  });

  test('the scale of comics has twenty-five steps', () => {
    expect(gradesOf.CGC_COMICS).toHaveLength(25);
  });

  test('a grading has a grader, grade and certificate, whose number has the grader’s form', () => {
    expect(faults('COLLECTIBLE', { itemType: 'CARD', grading: {} }).sort()).toEqual([
      'structure.grading.certificateNumber required',
      'structure.grading.grade required',
      'structure.grading.grader required',
    ]);
    const numbers = [
      ['PSA', '1234'],
      ['PSA', '12345678901'],
      ['BGS', '123456'],
      ['CGC', 'A234567'],
    ];
    for (const [grader, certificateNumber] of numbers)
      expect(faults('COLLECTIBLE', slab({ grader, grade: '9', certificateNumber }))).toEqual([
        'structure.grading.certificateNumber pattern',
      ]);
    expect(faults('COLLECTIBLE', slab({ grader: 'SGC', grade: '9' }))).toEqual(['structure.grading.grader enum']);
  });

  test('PSA has qualifiers and no subgrades, the others the reverse', () => {
    const subgrades = { centering: '9.5', corners: '9', edges: '9.5', surface: '10' };
    expect(faults('COLLECTIBLE', slab({ grader: 'PSA', grade: '8', qualifier: 'OC' }))).toEqual([]);
    expect(faults('COLLECTIBLE', slab({ grader: 'BGS', grade: '9.5', subgrades }))).toEqual([]);
    expect(faults('COLLECTIBLE', slab({ grader: 'PSA', grade: '8', subgrades }))).toEqual([
      'structure.grading.subgrades not',
    ]);
    expect(faults('COLLECTIBLE', slab({ grader: 'BGS', grade: '8', qualifier: 'OC' }))).toEqual([
      'structure.grading.qualifier not',
    ]);
  });
});

describe('tokens', () => {
  const kitty = 'eip155:1/erc721:0x06012c8cf97BEaD5deAe237070F9587f8E7A266d/771769';

  test('a CAIP-19 id consists of chain, standard, contract and token id', () => {
    expect(faults('TOKEN', { caip19: kitty, metadataUrl: 'ipfs://bafy/1.json' })).toEqual([]);
    expect(caip19Parts(kitty)).toEqual({
      chain: 'eip155:1',
      standard: 'erc721',
      contract: '0x06012c8cf97BEaD5deAe237070F9587f8E7A266d',
      tokenId: '771769',
    });
    const solana = 'solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp/nft:Fz6LxeUg5qjesYX3BdmtTwyyzBtMxk644XiTqU5W3w9w/1';
    expect(faults('TOKEN', { caip19: solana })).toEqual([]);
  });

  test.each([
    ['an address alone', '0x06012c8cf97BEaD5deAe237070F9587f8E7A266d'],
    ['a type without a token id', 'eip155:1/erc721:0x06012c8cf97BEaD5deAe237070F9587f8E7A266d'],
    ['a short address', 'eip155:1/erc721:0x06012c8c/1'],
    ['a chain that is no number', 'eip155:main/erc721:0x06012c8cf97BEaD5deAe237070F9587f8E7A266d/1'],
    ['a token id that is no number', 'eip155:1/erc1155:0x06012c8cf97BEaD5deAe237070F9587f8E7A266d/one'],
    ['a token id above 256 bits', `eip155:1/erc721:0x06012c8cf97BEaD5deAe237070F9587f8E7A266d/${2n ** 256n}`],
  ])('%s is refused', (_, caip19) => {
    expect(faults('TOKEN', { caip19 })[0]).toMatch(/^structure\.caip19 (pattern|format)$/);
  });

  test('metadata has a readable address', () => {
    expect(faults('TOKEN', { caip19: kitty, metadataUrl: 'javascript:alert(1)' })).toEqual([
      'structure.metadataUrl format',
    ]);
  });
});

test('a document has a type; anything else has plain values', () => {
  expect(faults('DOCUMENT', { documentType: 'DEED', parties: ['A', 'B'], issuedOn: '1931-01-31' })).toEqual([]);
  expect(faults('DOCUMENT', {})).toEqual(['structure.documentType required']);
  expect(faults('OTHER', { Engine: 'V8', doors: 4, restored: true })).toEqual([]);
  expect(faults('OTHER', { parts: { a: 1 }, '': 'x' }).sort()).toEqual(
    ['structure propertyNames', 'structure.parts type', 'structure pattern'].sort(),
  );
});

test('per cents are rounded half to even', () => {
  expect([
    percentOf(1, 3),
    percentOf(2, 3),
    percentOf(1, 16_000),
    percentOf(3, 16_000),
    percentOf(0, 7),
    percentOf(7, 7),
  ]).toEqual(['33.33', '66.67', '0.01', '0.02', '0.00', '100.00']);
});
