import { hash } from '@node-rs/argon2';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

const close =
  'mutation ($input: OrganizationCloseInput!) { organizationClose(input: $input) { organization { id closedAt } } }';
const make = {
  service:
    'mutation ($id: ID!) { serviceCreate(input: { displayName: "Loader", organizationId: $id }) { service { id } } }',
  key: 'mutation ($id: ID!) { actorKeyCreate(input: { actorId: $id, name: "k" }) { key } }',
  agent: 'mutation ($id: ID!) { agentCreate(input: { displayName: "Curator", ownerId: $id }) { agent { id } } }',
  address:
    'mutation ($id: ID!) { postalAddressCreate(input: { ownerId: $id, name: "M", lines: ["Weg 1"], locality: "Bern", postalCode: "3000", country: "CH" }) { postalAddress { id } } }',
  invitation:
    'mutation ($id: ID!) { invitationSend(input: { organizationId: $id, email: "guest@example.org", role: VIEWER }) { invitation { id } } }',
  asset: 'mutation ($id: ID!) { assetCreate(input: { title: "A", kind: ART, ownerId: $id }) { asset { id } } }',
};
const shown = `query ($id: ID!) { actor(id: $id) { displayName closedAt profile { biography } } }`;

let world: World;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'] });
});
afterAll(() => world.close());
afterEach(() => world.clock.reset());

const founder = (name: string) => world.signUp({ organization: name }) as Promise<Person & { organizationId: string }>;
const closing = (organizationId: string, more: object = {}) => ({ input: { organizationId, ...more } });

async function museum() {
  const ann = await founder('Museum');
  const id = ann.organizationId;
  const { serviceCreate } = await ann.ask(make.service, { id });
  const { actorKeyCreate } = await ann.ask(make.key, { id: serviceCreate.service.id });
  const { agentCreate } = await ann.ask(make.agent, { id });
  await ann.ask(make.address, { id });
  await ann.ask(make.invitation, { id });
  const member = await world.signUp();
  await world.grant(id, member, 'EDITOR');
  const program = world.bearer(actorKeyCreate.key as string);
  return { ann, id, member, program, service: serviceCreate.service.id, agent: agentCreate.agent.id };
}

describe('organizationClose', () => {
  test('compares the password as it was typed', async () => {
    const ann = await founder('Ångström');
    // The ohm sign, which NFC turns into a letter; the hash is from when passwords were hashed as sent.
    const password = '\u212bngstr\u00f6m and more';
    await world.database.query('update identity.credentials set password_hash = $2 where id = $1', [
      ann.id,
      await hash(password),
    ]);
    await world.database.query(
      `update identity.sessions set created_at = now() - interval '1 hour' where actor_id = $1`,
      [ann.id],
    );
    await ann.ask(close, closing(ann.organizationId, { password }));
  });

  test('ends members, agents, services, keys and invitations at once; id and name stay', async () => {
    const { ann, id, member, program, service, agent } = await museum();
    expect((await program.ask('{ viewer { id } }')).viewer.id).toBe(service);
    const { organizationClose } = await ann.ask(close, closing(id));
    expect(organizationClose.organization.id).toBe(id);
    await world.settled();
    const { actor } = await ann.ask(shown, { id });
    expect(actor).toEqual({ displayName: 'Museum', closedAt: organizationClose.organization.closedAt, profile: null });
    expect((await world.anonymous.ask(shown, { id: agent })).actor.closedAt).not.toBeNull();
    expect((await refusal(program, '{ viewer { id } }')).code).toBe('UNAUTHENTICATED');
    for (const person of [ann, member]) {
      expect((await person.ask('{ viewer { memberships { id } } }')).viewer.memberships).toEqual([]);
      expect((await refusal(person, make.asset, { id })).code).toBe('FORBIDDEN');
    }
    const left = await Promise.all(
      [
        'select 1 from identity.memberships where organization_id = $1',
        'select 1 from identity.invitations where organization_id = $1',
        'select 1 from identity.postal_addresses where owner_id = $1',
        'select 1 from identity.actors where owner_id = $1 and closed_at is null',
      ].map((sql) => world.database.query(sql, [id])),
    );
    expect(left.flat()).toEqual([]);
    expect(
      await world.database.query(`select 1 from identity.one_time_links where address = 'guest@example.org'`),
    ).toEqual([]);
    expect(
      await world.database.query(`select 1 from identity.account_mails where recipient = 'guest@example.org'`),
    ).toEqual([]);
    const told = await world.facts();
    const last = (key: string) => told.filter((fact) => fact.key === key).at(-1)?.type;
    expect([id, service, agent, member.id].map(last)).toEqual([
      'identity.organization.closed',
      'identity.actor.closed',
      'identity.actor.closed',
      'identity.membership.removed',
    ]);
    expect(
      told.some(({ type, payload }) => type === 'identity.invitation.revoked' && payload.organizationId === id),
    ).toBe(true);
    // Nothing can be added to a closed organization.
    const operator = await world.operator();
    const lines = [{ line: 1, email: 'new@example.org', displayName: 'New', organizationId: id }];
    const invite = 'mutation ($input: UserInviteInput!) { userInvite(input: $input) { rejected { field } } }';
    expect((await operator.ask(invite, { input: { lines } })).userInvite.rejected).toEqual([
      { field: 'organizationId' },
    ]);
    for (const ask of [make.service, make.agent, make.address, make.invitation])
      expect((await refusal(operator, ask, { id })).code).toMatch(/NOT_FOUND|FORBIDDEN/);
    expect((await refusal(operator, make.key, { id: service })).code).toBe('NOT_FOUND');
    expect(await ann.ask(close, closing(id))).toEqual({ organizationClose });
  });

  test('is refused while it owns an asset that is not archived, or has child organizations', async () => {
    const ann = await founder('Group');
    const id = ann.organizationId;
    const { assetCreate } = await ann.ask(make.asset, { id });
    const { organizationCreate } = await ann.ask(
      'mutation { organizationCreate(input: { displayName: "Brand" }) { organization { id } } }',
    );
    const brand = organizationCreate.organization.id as string;
    const move = 'mutation ($input: ActorUpdateInput!) { actorUpdate(input: $input) { actor { id } } }';
    await world.settled();
    await ann.ask(move, { input: { actorId: brand, parentId: id } });
    const [error] = await ann.askForErrors(close, closing(id));
    expect(error?.extensions).toMatchObject({
      code: 'CONFLICT',
      issues: [
        { path: ['assets'], code: 'owns_assets' },
        { path: ['organizations', brand], code: 'organization_below' },
      ],
    });
    await ann.ask('mutation ($id: ID!) { assetArchive(input: { assetId: $id }) { asset { id } } }', {
      id: assetCreate.asset.id,
    });
    await ann.ask(close, closing(brand));
    await world.settled();
    await ann.ask(close, closing(id));
  });

  test('counts assets from imports, transfers and the archive', async () => {
    const ann = await founder('From');
    const id = ann.organizationId;
    const owned = async (of: string) => {
      await world.settled();
      const [row] = await world.database.query<{ n: number }>(
        'select owned_asset_count as n from identity.actors where id = $1',
        [of],
      );
      return row?.n;
    };
    const { assetCreate } = await ann.ask(make.asset, { id });
    const assetId = assetCreate.asset.id as string;
    expect(await owned(id)).toBe(1);
    await ann.ask('mutation ($input: AssetImportInput!) { assetImport(input: $input) { created } }', {
      input: {
        ownerId: id,
        source: 'test',
        run: 'one',
        lines: [{ line: 1, sourceId: '1', title: 'One', kind: 'ART' }],
      },
    });
    expect(await owned(id)).toBe(2);
    for (const [verb, count] of [
      ['assetArchive', 1],
      ['assetReopen', 2],
    ] as const) {
      await ann.ask(`mutation ($id: ID!) { ${verb}(input: { assetId: $id }) { asset { id } } }`, { id: assetId });
      expect(await owned(id)).toBe(count);
    }
    const bob = await founder('To');
    const offer = 'mutation ($input: AssetTransferInput!) { assetTransfer(input: $input) { transfer { id } } }';
    const { assetTransfer } = await ann.ask(offer, { input: { assetId, receiverId: bob.organizationId } });
    const accept = 'mutation ($id: ID!) { assetTransferAccept(input: { transferId: $id }) { asset { id } } }';
    await bob.ask(accept, { id: assetTransfer.transfer.id });
    expect([await owned(id), await owned(bob.organizationId)]).toEqual([1, 1]);
  });

  test('is for owners themselves, with their password or a recent sign-in', async () => {
    const { ann, id, member, program } = await museum();
    const admin = await world.signUp();
    await world.grant(id, admin, 'ADMIN');
    const stranger = await founder('Elsewhere');
    expect((await refusal(world.anonymous, close, closing(id))).code).toBe('UNAUTHENTICATED');
    for (const asking of [member, admin, stranger, program, await world.operator()])
      expect((await refusal(asking, close, closing(id))).code).toBe('FORBIDDEN');
    const far = await world.inUniverse('other').signUp({ organization: 'Far' });
    expect(await refusal(far, close, closing(id))).toEqual({ code: 'NOT_FOUND', path: 'input.organizationId' });
    expect(await refusal(ann, close, closing(ann.id))).toEqual({ code: 'INVALID', path: 'input.organizationId' });
    world.clock.turn(11 * 60_000);
    const forbidden = { code: 'FORBIDDEN', path: 'input.password' };
    expect(await refusal(ann, close, closing(id))).toEqual(forbidden);
    expect(await refusal(ann, close, closing(id, { password: 'not this one' }))).toEqual(forbidden);
    await ann.ask(close, closing(id, { password: ann.password }));
  });

  test('takes as many statements for many members as for one', async () => {
    const count = async (members: number) => {
      const ann = await founder('Counted');
      for (let n = 0; n < members; n++) await world.grant(ann.organizationId, await world.signUp(), 'VIEWER');
      return (await world.statements(() => ann.ask(close, closing(ann.organizationId)))).length;
    };
    expect(await count(3)).toBe(await count(1));
  });
});

describe('Organization.identityExport', () => {
  const exported = 'query ($id: ID!) { organization(id: $id) { identityExport } }';

  test('contains all data that identity stores about an organization, for its owners', async () => {
    const { ann, id, member, service } = await museum();
    const { organization } = await ann.ask(exported, { id });
    expect(organization.identityExport).toMatchObject({
      format: 'ensemble.identity',
      truncated: [],
      profile: { id, displayName: 'Museum', organizationKind: 'COMPANY' },
      invitations: [
        { actorId: member.id, role: 'EDITOR' },
        { email: 'guest@example.org', role: 'VIEWER' },
      ],
      postalAddresses: [{ lines: ['Weg 1'] }],
      agents: [{ displayName: 'Curator' }],
      services: [{ displayName: 'Loader' }],
      actorKeys: [{ actorId: service, name: 'k' }],
    });
    expect(organization.identityExport.members).toHaveLength(2);
    expect(JSON.stringify(organization)).not.toMatch(/hash|esk_/);
    for (const asking of [member, world.anonymous, await world.operator()])
      expect((await asking.ask(exported, { id })).organization.identityExport).toBeNull();
    expect(await world.statements(() => ann.ask(exported, { id }))).toHaveLength(7);
  });
});
