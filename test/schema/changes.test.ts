import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSchema, printSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changesBetween, type Changes } from '../../schema/changes.ts';
import {
  changelogOf,
  changesSince,
  manifestOperations,
  readRelease,
  registeredOperations,
} from '../../schema/release.ts';
import { openWorld } from '../testkit/world.ts';

const released = `
  type Query { shop(id: ID!): Shop shops(first: Int, kind: Kind, filter: ShopFilter): [Shop!]! found: Found }
  interface Named { name: String }
  type Shop implements Named {
    id: ID! name: String city: String opened: String!
    old: String @deprecated(reason: "Use name. Removed after 2026-01-01.")
    used: String @deprecated(reason: "Use name. Removed after 2026-01-01.")
  }
  type Owner implements Named { name: String }
  union Found = Shop | Owner
  enum Kind { LARGE SMALL }
  input ShopFilter { city: String name: String }
`;
const operations = [
  { name: 'Shops', text: 'query Shops($filter: ShopFilter) { shops(first: 3, filter: $filter) { id name used } }' },
  { name: 'Opened', text: '{ shop(id: "1") { opened } found { ... on Named { name } } }' },
];

function changes(edit: (sdl: string) => string, accepted: string[] = []): Changes {
  const sdl = edit(released);
  if (sdl === released) throw new Error('The edit changes nothing.');
  return changesBetween(buildSchema(released), buildSchema(sdl), { operations, accepted: new Set(accepted) });
}
const edit = (before: string, after: string) => (sdl: string) => sdl.replace(before, after);
const deprecated = (name: string): string =>
  `${name}: String @deprecated(reason: "Use name. Removed after 2026-01-01.")`;

describe('a change that breaks clients', () => {
  test.each<[string, (sdl: string) => string, RegExp]>([
    ['a field that an operation uses', edit(' opened: String!', ''), /Shop\.opened was removed\. \(used by Opened\)/],
    [
      'a field that no operation uses',
      edit('city: String opened', 'opened'),
      /Shop\.city was removed\. \(deprecate it first/,
    ],
    [
      'a deprecated field that an operation uses',
      edit(deprecated('used'), ''),
      /Shop\.used was removed\. \(used by Shops\)/,
    ],
    [
      'a promise',
      edit('opened: String!', 'opened: String'),
      /Shop\.opened changed type from String! to String\. \(used by Opened\)/,
    ],
    ['an argument', edit('first: Int, ', ''), /Query\.shops arg first was removed\. \(used by Shops\)/],
    [
      'a required argument',
      edit('shop(id: ID!)', 'shop(id: ID!, kind: Kind!)'),
      /A required arg kind on Query\.shop was added\. \(used by Opened\)/,
    ],
    ['an enum value', edit('LARGE SMALL', 'LARGE'), /SMALL was removed from enum type Kind\. \(deprecate it first/],
    [
      'a field of an input in a variable',
      edit('city: String name: String }', 'name: String }'),
      /ShopFilter\.city was removed\. \(used by Shops\)/,
    ],
    [
      'a member of a union',
      edit('Shop | Owner', 'Shop'),
      /Owner was removed from union type Found\. \(used by Opened\)/,
    ],
    [
      'a type',
      (sdl) => sdl.replace('type Owner implements Named { name: String }', '').replace('Shop | Owner', 'Shop'),
      /Owner was removed\./,
    ],
  ])('is refused: %s', (_, change, sentence) => {
    const { refused } = changes(change);
    expect(refused.join('\n')).toMatch(sentence);
  });

  test('is allowed if it was deprecated in the last release and no registered operation uses it', () => {
    expect(changes(edit(deprecated('old'), ''))).toMatchObject({
      refused: [],
      allowed: ['Shop.old was removed. (deprecated before)'],
    });
  });

  test('is allowed if it was accepted by its sentence, also for the operations that use it', () => {
    const accepted = changes(edit(' opened: String!', ''), ['Shop.opened was removed.']);
    expect(accepted).toMatchObject({ refused: [], allowed: ['Shop.opened was removed. (accepted)'] });
    const other = changes(edit('opened: String!', 'opened: String'), ['Shop.name was removed.']);
    expect(other.refused).toHaveLength(1);
  });

  test('is found by the operations themselves as well', () => {
    const { refused } = changes(edit('shops(first: Int', 'shops(first: String'));
    expect(refused.join('\n')).toMatch(/The operation Shops is not valid any more/);
  });
});

test('a deprecation needs the date from which it may be removed', () => {
  const deprecating = (reason: string) =>
    changes(edit('city: String opened', `city: String @deprecated(reason: "${reason}") opened`));
  expect(deprecating('Use name.').refused.join()).toMatch(/Shop\.city is deprecated without the date/);
  expect(deprecating('Use name. Removed after 2027-01-01.')).toMatchObject({
    refused: [],
    deprecated: ['Shop.city is deprecated: Use name. Removed after 2027-01-01.'],
  });
});

test('additions are safe, or dangerous where clients may not expect them', () => {
  const { refused, dangerous, added } = changes(
    (sdl) =>
      `${sdl.replace('LARGE SMALL', 'LARGE SMALL TINY').replace('id: ID! name', 'id: ID! size: Size name')} type Size { area: Int }`,
  );
  expect([refused, dangerous, added]).toEqual([
    [],
    ['TINY was added to enum type Kind.'],
    ['Shop.size was added.', 'Size was added.'],
  ]);
});

describe('the changelog', () => {
  const none = { refused: [], allowed: [], dangerous: [], deprecated: [] };

  test('has what is new on top of its releases, and is the same when it is written again', () => {
    const before =
      '# Changelog of the schema\n\n## Unreleased\n\n### Added\n\n- Old.\n\n## 0.1.0 (2026-01-01)\n\nThe first release.\n';
    const once = changelogOf(before, { ...none, added: ['Shop.size was added.'] });
    expect(once).toBe(
      '# Changelog of the schema\n\n## Unreleased\n\n### Added\n\n- Shop.size was added.\n\n## 0.1.0 (2026-01-01)\n\nThe first release.\n',
    );
    expect(changelogOf(once, { ...none, added: ['Shop.size was added.'] })).toBe(once);
    expect(changelogOf(once, { ...none, added: [] })).toBe(
      '# Changelog of the schema\n\n## 0.1.0 (2026-01-01)\n\nThe first release.\n',
    );
  });
});

describe('of this house', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'changes-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('every registered operation counts, and those of a manifest', async () => {
    const release = await readRelease();
    if (!release) throw new Error('There is no release.');
    expect(release.operations.length).toBeGreaterThan(100);
    expect((await registeredOperations()).map(({ name }) => name)).toContain('auction/bid-place.graphql');
    const without = buildSchema('type Query { gone: Int }');
    const { refused } = changesSince(release, without);
    expect(refused.some((each) => each.includes('The operation auction/bid-place.graphql is not valid any more'))).toBe(
      true,
    );
    const path = join(folder, 'manifest.json');
    await writeFile(path, JSON.stringify({ a: 'query Mine { serverTime }' }));
    const more = changesSince(release, without, await manifestOperations(path));
    expect(more.refused.some((each) => each.includes(`The operation Mine of ${path} is not valid any more`))).toBe(
      true,
    );
  });

  test('an operation of the last release is answered, and what would take it away is refused', async () => {
    const release = await readRelease();
    const operation = release?.operations.find(({ name }) => name === 'identity/organizations.graphql');
    if (!release || !operation) throw new Error('There is no release with that operation.');
    await using world = await openWorld({ oses: [] });
    const museum = await world.signUp({ organization: 'Museum' });
    const { organizations } = await museum.ask(operation.text, { first: 5 });
    expect(organizations.nodes).toHaveLength(1);
    const sdl = printSchema(release.schema);
    const without = buildSchema(
      sdl.replace(/^  organizations\((?:[^()]|\([^()]*\))*\): OrganizationConnection\n/m, ''),
    );
    const { refused } = changesSince(release, without);
    expect(refused.some((each) => each.startsWith('Query.organizations was removed. (used by'))).toBe(true);
    expect(refused.some((each) => each.startsWith(`The operation ${operation.name} is not valid any more`))).toBe(true);
  });
});
