import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openWorld, type Person, type World } from '../../testkit/world.ts';
import { newestToken } from './letters.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({ oses: ['identity'], database: 'postgres' });
});
afterAll(() => world.close());

const remove = 'mutation ($input: MembershipRemoveInput!) { membershipRemove(input: $input) { membership { id } } }';

async function codesOf(calls: Promise<{ errors: { extensions: { code: string } }[] }>[]): Promise<string[]> {
  return (await Promise.all(calls)).map(({ errors }) => errors[0]?.extensions.code ?? 'OK').sort();
}

test('if the last two owners leave at once, one of them stays', async () => {
  for (let round = 0; round < 5; round++) {
    const ann = await world.signUp({ organization: 'Pair' });
    const bob = await world.signUp();
    await world.grant(ann.organizationId ?? '', bob, 'OWNER');
    const membershipOf = async (person: Person) => {
      const { memberships } = await person.ask(
        'query ($id: ID!) { memberships(filter: { actorId: { eq: $id } }) { nodes { id } } }',
        { id: person.id },
      );
      return { input: { membershipId: memberships.nodes[0].id } };
    };
    const [first, second] = [await membershipOf(ann), await membershipOf(bob)];
    expect(await codesOf([ann.answer(remove, first), bob.answer(remove, second)])).toEqual(['CONFLICT', 'OK']);
  }
});

test('a sign-up link used five times at once creates one account', async () => {
  const email = 'same@example.org';
  await world.anonymous.ask('mutation ($input: UserSignUpInput!) { userSignUp(input: $input) { requested } }', {
    input: { email },
  });
  const token = await newestToken(world, email);
  const complete = 'mutation ($input: UserSignUpCompleteInput!) { userSignUpComplete(input: $input) { user { id } } }';
  const input = {
    token,
    password: 'correct horse battery',
    displayName: 'Same',
  };
  const calls = Array.from({ length: 5 }, () => world.anonymous.answer(complete, { input }));
  expect(await codesOf(calls)).toEqual(['EXPIRED', 'EXPIRED', 'EXPIRED', 'EXPIRED', 'OK']);
});

test('simultaneous refreshes get the same next token, and the session continues', async () => {
  const ann = await world.signUp();
  const refresh = 'mutation ($input: SessionRefreshInput!) { sessionRefresh(input: $input) { refreshToken } }';
  const input = { refreshToken: ann.refreshToken };
  const answers = await Promise.all([1, 2, 3].map(() => world.anonymous.ask(refresh, { input })));
  const next = new Set(answers.map(({ sessionRefresh }) => sessionRefresh.refreshToken as string));
  expect(next.size).toBe(1);
  await world.anonymous.ask(refresh, { input: { refreshToken: [...next][0] } });
  await world.settled();
  await ann.ask('{ viewer { id } }');
});

test('if two operators remove each other at once, one of them stays', async () => {
  const set = 'mutation ($input: PlatformRoleSetInput!) { platformRoleSet(input: $input) { actor { id } } }';
  for (let round = 0; round < 5; round++) {
    const place = world.inUniverse('operators');
    await world.database.query(`update identity.actors set platform_roles = '{}' where universe_id = 'operators'`);
    const [ann, bob] = [await place.signUp(), await place.signUp()];
    await world.database.query(`update identity.actors set platform_roles = '{OPERATOR}' where id = any($1)`, [
      [ann.id, bob.id],
    ]);
    world.gateway.dropActor(ann.id);
    world.gateway.dropActor(bob.id);
    const codes = await codesOf([
      ann.answer(set, { input: { actorId: bob.id, roles: [] } }),
      bob.answer(set, { input: { actorId: ann.id, roles: [] } }),
    ]);
    expect(codes).toEqual(['FORBIDDEN', 'OK']);
    const left = await world.database.query(
      `select 1 from identity.actors where universe_id = 'operators' and 'OPERATOR' = any(platform_roles)`,
    );
    expect(left).toHaveLength(1);
  }
});

test('a link created while the password is being set is not valid afterwards', async () => {
  const change = 'mutation ($input: EmailChangeInput!) { emailChange(input: $input) { requested } }';
  const request = 'mutation ($input: PasswordResetRequestInput!) { passwordResetRequest(input: $input) { requested } }';
  const reset = 'mutation ($input: PasswordResetInput!) { passwordReset(input: $input) { viewer { id } } }';
  for (let round = 0; round < 5; round++) {
    const ann = await world.signUp();
    await world.anonymous.ask(request, { input: { email: ann.email } });
    const token = await newestToken(world, ann.email);
    const email = `thief.${ann.email}`;
    await Promise.all([
      ann.answer(change, { input: { email, password: ann.password } }),
      world.anonymous.ask(reset, {
        input: { token, password: 'another horse battery' },
      }),
    ]);
    await world.settled();
    const [user] = await world.database.query<{ at: Date }>(
      'select updated_at as at from identity.credentials where id = $1',
      [ann.id],
    );
    const live = await world.database.query(
      `select 1 from identity.one_time_links where subject_id = $1 and used_at is null and voided_at is null and created_at < $2`,
      [ann.id, user?.at],
    );
    expect(live).toEqual([]);
  }
});

test('five of several simultaneous wrong passwords are compared, and the others must wait', async () => {
  const ann = await world.signUp();
  const signIn = 'mutation ($input: SessionSignInInput!) { sessionSignIn(input: $input) { accessToken } }';
  const input = { email: ann.email, password: 'something else' };
  const codes = await codesOf(Array.from({ length: 12 }, () => world.anonymous.answer(signIn, { input })));
  expect(codes).toEqual([...Array<string>(7).fill('TOO_MANY'), ...Array<string>(5).fill('UNAUTHENTICATED')]);
});

test('a role granted twice at once is one membership', async () => {
  const ann = await world.signUp({ organization: 'Once' });
  const bob = await world.signUp();
  await world.grant(ann.organizationId ?? '', bob, 'GUEST');
  const grant = 'mutation ($input: MembershipGrantInput!) { membershipGrant(input: $input) { membership { id } } }';
  const input = { organizationId: ann.organizationId, actorId: bob.id, role: 'EDITOR' };
  const answers = await Promise.all([1, 2, 3].map(() => ann.answer(grant, { input })));
  expect(new Set(answers.map(({ data }) => data?.membershipGrant.membership.id)).size).toBe(1);
  const told = (await world.facts({ key: bob.id })).filter(({ type }) => type === 'identity.membership.granted');
  expect(told.map(({ payload }) => payload.role)).toEqual(['GUEST', 'EDITOR']);
});

test('an invitation accepted twice at once is one membership', async () => {
  const ann = await world.signUp({ organization: 'Once more' });
  const bob = await world.signUp();
  const { invitationSend } = await ann.ask(
    'mutation ($input: InvitationSendInput!) { invitationSend(input: $input) { invitation { id } } }',
    { input: { organizationId: ann.organizationId, actorId: bob.id, role: 'EDITOR' } },
  );
  const accept = 'mutation ($id: ID!) { invitationAccept(input: { invitationId: $id }) { membership { id } } }';
  const answers = await Promise.all([1, 2, 3].map(() => bob.answer(accept, { id: invitationSend.invitation.id })));
  // Each call returns the one membership; only one of them created it.
  expect(new Set(answers.map(({ data }) => data?.invitationAccept.membership.id as unknown)).size).toBe(1);
  const told = (await world.facts({ key: bob.id })).filter(({ type }) => type === 'identity.membership.granted');
  expect(told).toHaveLength(1);
});

test('simultaneous calls cannot create more organizations than the limit of an account', async () => {
  const ann = await world.signUp();
  const create = 'mutation { organizationCreate(input: { displayName: "Many" }) { organization { id } } }';
  const answers = await Promise.all(Array.from({ length: 13 }, () => ann.answer(create)));
  expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(10);
  expect(answers.flatMap(({ errors }) => errors.map(({ extensions }) => extensions.code))).toEqual(
    Array(3).fill('TOO_MANY'),
  );
});

test('a sign-in with a password that is being changed starts no session', async () => {
  const ann = await world.signUp();
  const signIn = 'mutation ($input: SessionSignInInput!) { sessionSignIn(input: $input) { accessToken } }';
  const client = await world.database.pool.connect();
  await client.query('begin');
  await client.query('select 1 from identity.actors where id = $1 for update', [ann.id]);
  const { email, password } = ann;
  const answer = world.anonymous.answer(signIn, { input: { email, password } });
  // The old password was right; now the sign-in waits for the row.
  await vi.waitFor(async () => {
    const waiting = await world.database.query(
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    expect(waiting.length).toBeGreaterThan(0);
  });
  await client.query(`update identity.credentials set password_hash = 'another' where id = $1`, [ann.id]);
  await client.query('commit');
  client.release();
  expect((await answer).errors[0]?.extensions.code).toBe('UNAUTHENTICATED');
});

test('an actor that joins an organization while it is being closed is not a member', async () => {
  const close =
    'mutation ($id: ID!) { organizationClose(input: { organizationId: $id }) { organization { closedAt } } }';
  const grant = 'mutation ($input: MembershipGrantInput!) { membershipGrant(input: $input) { membership { id } } }';
  const operator = await world.operator();
  for (let round = 0; round < 3; round++) {
    const ann = await world.signUp({ organization: 'Closing' });
    const bob = await world.signUp();
    const input = { organizationId: ann.organizationId, actorId: bob.id, role: 'EDITOR' };
    const [closed] = await Promise.all([
      ann.answer(close, { id: ann.organizationId }),
      operator.answer(grant, { input }),
    ]);
    expect(closed.errors).toEqual([]);
    const left = 'select 1 from identity.memberships where organization_id = $1';
    expect(await world.database.query(left, [ann.organizationId])).toEqual([]);
  }
});
