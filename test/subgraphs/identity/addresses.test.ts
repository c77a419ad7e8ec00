import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addressIssues } from '../../../subgraphs/identity/address/address-format.ts';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';

const fields =
  'id name organizationName lines locality administrativeArea postalCode country phone isShippingDefault isBillingDefault archivedAt version owner { id }';
const create = `mutation ($input: PostalAddressCreateInput!) { postalAddressCreate(input: $input) { postalAddress { ${fields} } } }`;
const update = `mutation ($input: PostalAddressUpdateInput!) { postalAddressUpdate(input: $input) { postalAddress { ${fields} } } }`;
const archive = `mutation ($input: PostalAddressArchiveInput!) { postalAddressArchive(input: $input) { postalAddress { ${fields} } } }`;
const mine = `{ viewer { postalAddresses { ${fields} } } }`;
const theirs = 'query ($id: ID!) { organization(id: $id) { postalAddresses { id name } } }';
const zurich = {
  name: 'Ann Example',
  lines: ['Rämistrasse 101'],
  postalCode: '8092',
  locality: 'Zürich',
  country: 'CH',
};

let world: World;
let ann: Person;
let bob: Person;
beforeAll(async () => {
  world = await openWorld();
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  bob = await world.signUp({ displayName: 'Bob', organization: 'Elsewhere' });
});
afterAll(() => world.close());

async function enter(client: Client, input: object = {}) {
  return (await client.ask(create, { input: { ...zurich, ...input } })).postalAddressCreate.postalAddress;
}
async function listOf(client: Client) {
  return (await client.ask(mine)).viewer.postalAddresses;
}

describe('postalAddressCreate', () => {
  test('creates an address in the form of its country', async () => {
    const eva = await world.signUp();
    const entered = await enter(eva, {
      name: ' Eva ',
      lines: ['10 Downing Street '],
      locality: 'London',
      postalCode: 'sw1a  2aa',
      country: 'GB',
      phone: '+442079250918',
      organizationName: ' ',
      isShippingDefault: true,
    });
    expect(entered).toMatchObject({
      name: 'Eva',
      lines: ['10 Downing Street'],
      postalCode: 'SW1A 2AA',
      country: 'GB',
      phone: '+442079250918',
      organizationName: null,
      isShippingDefault: true,
      isBillingDefault: false,
      archivedAt: null,
      owner: { id: eva.id },
    });
    expect(await listOf(eva)).toEqual([entered]);
    expect(await world.facts({ key: entered.id })).toMatchObject([
      {
        type: 'identity.postalAddress.created',
        payload: { postalAddressId: entered.id, ownerId: eva.id, country: 'GB' },
      },
    ]);
  });

  test('names every field that does not fit the country', async () => {
    const input = { ...zurich, country: 'US', postalCode: '8092', phone: '12345', lines: [' '] };
    const [error] = await ann.askForErrors(create, { input });
    expect(error?.extensions.issues?.map(({ path }) => path.join('.'))).toEqual([
      'input.administrativeArea',
      'input.postalCode',
      'input.lines',
      'input.phone',
    ]);
    const cases: [object, string][] = [
      [{ country: 'XX' }, 'input.country'],
      [{ country: 'ch' }, 'input.country'],
      [{ postalCode: null }, 'input.postalCode'],
      [{ lines: [] }, 'input.lines'],
      [{ lines: ['1', '2', '3', '4', '5'] }, 'input.lines'],
      [{ name: '' }, 'input.name'],
      [{ ownerId: 'ast_01h455vb4pex5vsknk084sn02q' }, 'input.ownerId'],
    ];
    for (const [change, path] of cases)
      expect(await refusal(ann, create, { input: { ...zurich, ...change } })).toEqual({ code: 'INVALID', path });
  });

  test('there is one default of each kind', async () => {
    const eva = await world.signUp();
    const first = await enter(eva, { isShippingDefault: true, isBillingDefault: true });
    const second = await enter(eva, { isShippingDefault: true });
    const defaults = (await listOf(eva)).map((each: Record<string, unknown>) => [
      each['id'],
      each['isShippingDefault'],
      each['isBillingDefault'],
    ]);
    expect(defaults).toEqual([
      [first.id, false, true],
      [second.id, true, false],
    ]);
  });

  test('is for editors of an organization, and the address is visible to its members only', async () => {
    const id = ann.organizationId ?? '';
    const [viewer, guest] = [await world.signUp(), await world.signUp()];
    await world.grant(id, viewer, 'VIEWER');
    await world.grant(id, guest, 'GUEST');
    const entered = await enter(ann, { ownerId: id });
    for (const client of [bob, viewer, await world.operator()])
      expect(await refusal(client, create, { input: { ...zurich, ownerId: id } })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(world.anonymous, create, { input: zurich })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(bob, create, { input: { ...zurich, ownerId: ann.id } })).toEqual({ code: 'FORBIDDEN' });
    const far = await world.inUniverse('other').signUp();
    expect((await refusal(far, create, { input: { ...zurich, ownerId: id } })).code).toBe('NOT_FOUND');
    const seen = async (client: Client) => (await client.ask(theirs, { id })).organization.postalAddresses;
    for (const client of [ann, viewer]) expect(await seen(client)).toEqual([{ id: entered.id, name: 'Ann Example' }]);
    for (const client of [bob, guest, world.anonymous, await world.operator()]) expect(await seen(client)).toEqual([]);
    const node = 'query ($id: ID!) { node(id: $id) { id } }';
    expect((await viewer.ask(node, { id: entered.id })).node).toEqual({ id: entered.id });
    expect((await bob.ask(node, { id: entered.id })).node).toBeNull();
  });

  test('takes five statements, and the addresses of many organizations one', async () => {
    expect(await world.statements(() => enter(ann))).toHaveLength(5);
    const ask = '{ organizations(first: 100) { nodes { postalAddresses { id } } } }';
    expect(await world.statements(() => ann.ask(ask))).toHaveLength(2);
    expect(await world.statements(() => ann.ask(mine))).toHaveLength(2);
  });
});

describe('postalAddressUpdate', () => {
  test('changes the given fields, validates the whole address, and publishes which fields changed', async () => {
    const { id, version } = await enter(bob);
    const { postalAddressUpdate } = await bob.ask(update, {
      input: { postalAddressId: id, lines: ['Rämistrasse 71', '2. Stock'], organizationName: 'ETH', phone: null },
    });
    expect(postalAddressUpdate.postalAddress).toMatchObject({
      lines: ['Rämistrasse 71', '2. Stock'],
      organizationName: 'ETH',
      locality: 'Zürich',
    });
    const [fact] = (await world.facts({ key: id })).slice(-1);
    expect(fact?.payload).toEqual({
      postalAddressId: id,
      ownerId: bob.id,
      country: 'CH',
      changed: ['organizationName', 'lines'],
    });
    const refused = (input: object) => refusal(bob, update, { input: { postalAddressId: id, ...input } });
    expect(await refused({ ifVersion: version, locality: 'Bern' })).toEqual({
      code: 'CONFLICT',
      path: 'input.ifVersion',
    });
    expect(await refused({ country: 'DE' })).toEqual({ code: 'INVALID', path: 'input.postalCode' });
    expect(await refused({ name: null })).toEqual({ code: 'INVALID', path: 'input.name' });
  });

  test('knows nothing of the addresses of others', async () => {
    const { id } = await enter(bob);
    const input = { postalAddressId: id };
    const missing = { code: 'NOT_FOUND', path: 'input.postalAddressId' };
    const far = await world.inUniverse('other').signUp();
    for (const client of [ann, await world.operator(), far]) {
      expect(await refusal(client, update, { input: { ...input, name: 'X' } })).toEqual(missing);
      expect(await refusal(client, archive, { input })).toEqual(missing);
    }
    expect(await refusal(world.anonymous, archive, { input })).toEqual({ code: 'UNAUTHENTICATED' });
  });

  test('takes six statements', async () => {
    const { id } = await enter(bob);
    const input = { postalAddressId: id, locality: 'Bern' };
    expect(await world.statements(() => bob.ask(update, { input }))).toHaveLength(6);
  });
});

describe('postalAddressArchive', () => {
  test('archives an address and keeps it for references', async () => {
    const eva = await world.signUp();
    const { id } = await enter(eva, { isShippingDefault: true });
    const input = { postalAddressId: id };
    const archived = (await eva.ask(archive, { input })).postalAddressArchive.postalAddress;
    expect(archived).toMatchObject({ id, name: 'Ann Example', isShippingDefault: false });
    expect(archived.archivedAt).not.toBeNull();
    expect((await eva.ask(archive, { input })).postalAddressArchive.postalAddress.archivedAt).toBe(archived.archivedAt);
    expect(await listOf(eva)).toEqual([]);
    expect((await refusal(eva, update, { input: { ...input, name: 'X' } })).code).toBe('CONFLICT');
    const told = await world.facts({ key: id });
    expect(told.map(({ type }) => type)).toEqual(['identity.postalAddress.created', 'identity.postalAddress.archived']);
  });

  test('takes four statements', async () => {
    const { id } = await enter(bob);
    expect(await world.statements(() => bob.ask(archive, { input: { postalAddressId: id } }))).toHaveLength(4);
  });
});

test('postal codes have the form of their country', () => {
  const faults = (country: string, postalCode: string) =>
    addressIssues({ country, postalCode, locality: 'L', administrativeArea: 'A' }).length;
  const good =
    'CH 8092,US 94043,US 94043-1351,CA H3Z 2Y7,GB EC1Y 8SY,GB M2 5BQ,GB W1A 4ZZ,GB GIR 0AA,NL 1234 AB,NL 1234AB,JP 154-0023,PT 2725-079,PL 00-950,AD AD700,LT LT-04340,LV LV-1073,LU L-4750,AR C1070AAM,MT NXR 1234,IE A65 F4E2,BR 40301-110,SE 113 49,AE anything,KP anything';
  for (const each of good.split(',')) expect([each, faults(each.slice(0, 2), each.slice(3))]).toEqual([each, 0]);
  const bad = 'CH 809,CH 80920,US 9404,US ABCDE,CA 123 456,GB 12345,NL 12345,PL 00950,AD BD700,LT XX-04340,DE 1234';
  for (const each of bad.split(',')) expect([each, faults(each.slice(0, 2), each.slice(3))]).toEqual([each, 1]);
});
