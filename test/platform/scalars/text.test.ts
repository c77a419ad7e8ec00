import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isBlank, normalText } from '../../../platform/scalars/text.ts';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type World } from '../../testkit/world.ts';

const composed = 'Ren\u00e9 Caf\u00e9';
const decomposed = composed.normalize('NFD');
const create =
  'mutation ($input: OrganizationCreateInput!) { organizationCreate(input: $input) { organization { id } } }';
const list = 'query ($filter: OrganizationFilter) { organizations(filter: $filter) { nodes { id displayName } } }';
const search = 'query ($search: String) { actors(search: $search) { nodes { id displayName } } }';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

test('a text of only invisible characters is blank', () => {
  const invisible = [
    '',
    ' ',
    '\u200b\u200d',
    '\u2060\ufeff',
    '\u00ad',
    '\u3164',
    '\u115f\u1160',
    '\u2800',
    '\u202e\u202c',
    '\u{e0020}',
  ];
  expect(invisible.filter((text) => !isBlank(text))).toEqual([]);
  expect(['a', '7', '—', '★', '神', 'é'.normalize('NFD'), '\u200bx'].filter(isBlank)).toEqual([]);
  expect(normalText(decomposed)).toBe(composed);
});

describe('texts through the graph', () => {
  test('are stored in normal form, and found by any form', async () => {
    const ann = await world.signUp();
    const { organizationCreate } = await ann.ask(create, {
      input: { displayName: decomposed },
    });
    const { id } = organizationCreate.organization;
    const found = { nodes: [{ id, displayName: composed }] };
    for (const name of [composed, decomposed]) {
      expect((await ann.ask(list, { filter: { displayName: { eq: name } } })).organizations).toEqual(found);
      expect(
        (
          await ann.ask(list, {
            filter: { displayName: { contains: name.slice(-5) } },
          })
        ).organizations,
      ).toEqual(found);
      expect((await ann.ask(search, { search: name })).actors).toEqual(found);
    }
    const literal = `{ actors(search: "${decomposed}") { nodes { id displayName } } }`;
    expect((await ann.ask(literal)).actors).toEqual(found);
  });

  test('a name of only zero-width characters is INVALID', async () => {
    const ann = await world.signUp();
    const input = { displayName: '\u200b\u200b\u2060' };
    expect(await refusal(ann, create, { input })).toEqual({
      code: 'INVALID',
      path: 'input.displayName',
    });
  });

  test('names and details of an asset are stored in normal form, by mutation and by import', async () => {
    const ann = await world.signUp();
    const make = `mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { title creators tags } } }`;
    const input = {
      title: decomposed,
      kind: 'ART',
      creators: [decomposed],
      tags: [decomposed],
    };
    const { asset } = (await ann.ask(make, { input })).assetCreate;
    expect(asset).toMatchObject({
      title: composed,
      creators: [composed],
      tags: [composed.toLowerCase()],
    });
  });
});
