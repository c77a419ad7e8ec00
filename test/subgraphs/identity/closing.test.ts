import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

const close = 'mutation ($input: UserCloseInput!) { userClose(input: $input) { user { id closedAt } } }';
const exported = '{ viewer { identityExport } }';
const signIn = 'mutation ($input: SessionSignInInput!) { sessionSignIn(input: $input) { accessToken } }';
const address = `mutation { postalAddressCreate(input: {
  name: "Eva", lines: ["Weg 1"], locality: "Bern", postalCode: "3000", country: "CH"
}) { postalAddress { id } } }`;

let world: World;
beforeAll(async () => {
  world = await openWorld({ oses: ['identity'] });
});
afterAll(() => world.close());
afterEach(() => world.clock.reset());

async function settledPerson(): Promise<Person> {
  const eva = await world.signUp({ displayName: 'Eva Exact' });
  await eva.ask('mutation ($input: ActorUpdateInput!) { actorUpdate(input: $input) { actor { id } } }', {
    input: { biography: 'Paints', avatar: 'https://img.example.org/eva.png', locale: 'de', discoverable: 'EVERYONE' },
  });
  await eva.ask(address);
  await eva.ask('mutation { agentCreate(input: { displayName: "Helper" }) { agent { id } } }');
  return eva;
}

describe('Viewer.identityExport', () => {
  test('contains all data that identity stores about a person, and no secret', async () => {
    const eva = await settledPerson();
    const data = (await eva.ask(exported)).viewer.identityExport;
    expect(data).toMatchObject({
      format: 'ensemble.identity',
      version: 1,
      truncated: [],
      profile: { id: eva.id, displayName: 'Eva Exact', email: eva.email, biography: 'Paints', locale: 'de' },
      memberships: [],
      sessions: [{ delegateId: null, revokedAt: null }],
      postalAddresses: [{ name: 'Eva', lines: ['Weg 1'], locality: 'Bern', country: 'CH' }],
      agents: [{ displayName: 'Helper' }],
    });
    expect(data.sessions[0].ip).toMatch(/127\.0\.0\.1/);
    expect(JSON.stringify(data)).not.toMatch(/argon2|hash|ert_/);
  });

  test('is not for operators who act on behalf of the person, and takes ten statements', async () => {
    const eva = await world.signUp();
    const operator = await world.operator();
    const { sessionActOnBehalf } = await operator.ask(
      'mutation ($id: ID!) { sessionActOnBehalf(input: { actorId: $id, reason: "Ticket 3" }) { accessToken } }',
      { id: eva.id },
    );
    const acting = world.bearer(sessionActOnBehalf.accessToken);
    expect(await acting.ask(exported)).toEqual({ viewer: { identityExport: null } });
    expect((await refusal(acting, close, { input: {} })).code).toBe('FORBIDDEN');
    expect(await world.statements(() => eva.ask(exported))).toHaveLength(10);
  });
});

describe('userClose', () => {
  test('erases personal data, ends the sessions, keeps the id and frees the e-mail address', async () => {
    const eva = await settledPerson();
    const museum = await world.signUp({ organization: 'Museum' });
    await world.grant(museum.organizationId ?? '', eva, 'EDITOR');
    const { userClose } = await eva.ask(close, { input: { password: eva.password } });
    expect(userClose.user).toEqual({ id: eva.id, closedAt: expect.any(String) as string });
    await world.settled();
    expect((await refusal(eva, '{ viewer { id } }')).code).toBe('UNAUTHENTICATED');
    const again = { input: { email: eva.email, password: eva.password } };
    expect((await refusal(world.anonymous, signIn, again)).code).toBe('UNAUTHENTICATED');
    const operator = await world.operator();
    const { actor } = await operator.ask(
      'query ($id: ID!) { actor(id: $id) { displayName avatar profile { biography } ... on User { email } } }',
      { id: eva.id },
    );
    expect(actor).toEqual({ displayName: 'Closed account', avatar: null, profile: null, email: null });
    const left = await Promise.all(
      [
        'select 1 from identity.credentials where id = $1',
        'select 1 from identity.postal_addresses where owner_id = $1',
        'select 1 from identity.memberships where actor_id = $1',
        'select 1 from identity.sessions where actor_id = $1 and (ip is not null or user_agent is not null)',
        'select 1 from identity.refresh_tokens t join identity.sessions s on s.id = t.session_id where s.actor_id = $1',
      ].map((sql) => world.database.query(sql, [eva.id])),
    );
    expect(left.flat()).toEqual([]);
    const told = (await world.facts({ key: eva.id })).slice(-2);
    expect(told.map(({ type, payload }) => [type, payload.actorId])).toEqual([
      ['identity.membership.removed', eva.id],
      ['identity.user.closed', eva.id],
    ]);
    const anew = await world.signUp({ email: eva.email });
    expect(anew.id).not.toBe(eva.id);
    const grant = 'mutation ($input: MembershipGrantInput!) { membershipGrant(input: $input) { membership { id } } }';
    const input = { organizationId: museum.organizationId, actorId: eva.id, role: 'EDITOR' };
    expect((await refusal(museum, grant, { input })).code).toBe('NOT_FOUND');
  });

  test('requires the password, or a session of the last ten minutes', async () => {
    const eva = await world.signUp();
    world.clock.turn(11 * 60_000);
    const forbidden = { code: 'FORBIDDEN', path: 'input.password' };
    expect(await refusal(eva, close, { input: {} })).toEqual(forbidden);
    world.clock.reset();
    for (let n = 0; n < 5; n++)
      expect(await refusal(eva, close, { input: { password: 'not this one' } })).toEqual(forbidden);
    // Wrong passwords are counted as in a sign-in.
    expect((await refusal(eva, close, { input: { password: eva.password } })).code).toBe('TOO_MANY');
    expect((await eva.ask(close, { input: {} })).userClose.user.id).toBe(eva.id);
  });

  test('the last owner of organizations is refused, with the organizations named', async () => {
    const eva = await world.signUp({ organization: 'Orphanage' });
    const [error] = await eva.askForErrors(close, { input: {} });
    expect(error?.extensions).toMatchObject({
      code: 'CONFLICT',
      issues: [{ path: ['organizations', eva.organizationId], code: 'last_owner' }],
    });
    await eva.ask('{ viewer { id } }');
    await world.grant(eva.organizationId ?? '', await world.signUp(), 'OWNER');
    await eva.ask(close, { input: {} });
  });

  test('leaves no mail, link or invitation with the address, and closes the person’s agents', async () => {
    const eva = await settledPerson();
    const museum = await world.signUp({ organization: 'Hall' });
    const invite = `mutation ($input: InvitationSendInput!) { invitationSend(input: $input) { invitation { id } } }`;
    const input = { organizationId: museum.organizationId, email: eva.email, role: 'VIEWER' };
    await museum.ask(invite, { input });
    const reset = 'mutation ($email: String!) { passwordResetRequest(input: { email: $email }) { requested } }';
    await world.anonymous.ask(reset, { email: eva.email });
    await world.settled();
    const { viewer } = await eva.ask(exported);
    expect(viewer.identityExport.accountMails.map(({ template }: { template: string }) => template).sort()).toEqual([
      'INVITATION',
      'PASSWORD_RESET',
    ]);
    const agent = viewer.identityExport.agents[0].id as string;
    await eva.ask(close, { input: {} });
    await world.settled();
    for (const sql of [
      'select 1 from identity.account_mails where recipient = $1',
      'select 1 from identity.one_time_links where address = $1',
      'select 1 from identity.invitations where email = $1',
    ])
      expect(await world.database.query(sql, [eva.email]), sql).toEqual([]);
    const { actor } = await world.anonymous.ask('query ($id: ID!) { actor(id: $id) { displayName closedAt } }', {
      id: agent,
    });
    expect(actor).toMatchObject({ displayName: 'Closed account', closedAt: expect.any(String) as string });
    const facts = await world.facts({ key: agent });
    expect(facts.map(({ type }) => type)).toEqual(['identity.agent.created', 'identity.actor.closed']);
    const told = JSON.stringify(await world.facts(), (_key, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    expect(told).not.toContain('Eva Exact');
  });

  test('is for people', async () => {
    expect((await refusal(world.anonymous, close, { input: {} })).code).toBe('UNAUTHENTICATED');
    const ann = await world.signUp({ organization: 'Machines' });
    const { serviceCreate } = await ann.ask(
      'mutation ($id: ID!) { serviceCreate(input: { displayName: "S", organizationId: $id }) { service { id } } }',
      { id: ann.organizationId },
    );
    const { actorKeyCreate } = await ann.ask(
      'mutation ($id: ID!) { actorKeyCreate(input: { actorId: $id, name: "k" }) { key } }',
      { id: serviceCreate.service.id },
    );
    expect((await refusal(world.bearer(actorKeyCreate.key), close, { input: {} })).code).toBe('FORBIDDEN');
  });
});
