import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({ database: 'postgres' });
});
afterAll(() => world.close());

const remove = 'mutation ($input: MembershipRemoveInput!) { membershipRemove(input: $input) { membershipId } }';

async function codesOf(calls: Promise<{ errors: { extensions: { code: string } }[] }>[]): Promise<string[]> {
  return (await Promise.all(calls)).map(({ errors }) => errors[0]?.extensions.code ?? 'OK').sort();
}

test('two last owners who leave at once: one stays', async () => {
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

test('one address signed up for five times at once is taken once', async () => {
  const signUp = 'mutation ($input: UserSignUpInput!) { userSignUp(input: $input) { user { id } } }';
  const input = { email: 'same@example.org', password: 'correct horse battery', displayName: 'Same' };
  const calls = Array.from({ length: 5 }, () => world.anonymous.answer(signUp, { input }));
  expect(await codesOf(calls)).toEqual(['CONFLICT', 'CONFLICT', 'CONFLICT', 'CONFLICT', 'OK']);
});

test('a refresh token used twice at once is good for one, and then ends the session', async () => {
  const ann = await world.signUp();
  const refresh = 'mutation ($input: SessionRefreshInput!) { sessionRefresh(input: $input) { refreshToken } }';
  const input = { refreshToken: ann.refreshToken };
  const calls = [world.anonymous.answer(refresh, { input }), world.anonymous.answer(refresh, { input })];
  expect(await codesOf(calls)).toEqual(['OK', 'UNAUTHENTICATED']);
  await world.settled();
  expect((await ann.askForErrors('{ viewer { id } }'))[0]?.extensions.code).toBe('UNAUTHENTICATED');
});

test('of wrong passwords at once five are compared, and the others wait', async () => {
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
  expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
  const told = (await world.facts({ key: bob.id })).filter(({ type }) => type === 'identity.membership.granted');
  expect(told).toHaveLength(1);
});

test('an account founds no more than it may, however many foundings come at once', async () => {
  const ann = await world.signUp();
  const create = 'mutation { organizationCreate(input: { displayName: "Many" }) { organization { id } } }';
  const answers = await Promise.all(Array.from({ length: 13 }, () => ann.answer(create)));
  expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(10);
  expect(answers.flatMap(({ errors }) => errors.map(({ extensions }) => extensions.code))).toEqual(
    Array(3).fill('TOO_MANY'),
  );
});

test('a sign-in with the password that is being changed begins no session', async () => {
  const ann = await world.signUp();
  const signIn = 'mutation ($input: SessionSignInInput!) { sessionSignIn(input: $input) { accessToken } }';
  const client = await world.database.pool.connect();
  await client.query('begin');
  await client.query('select 1 from identity.actors where id = $1 for update', [ann.id]);
  const { email, password } = ann;
  const answer = world.anonymous.answer(signIn, { input: { email, password } });
  // The old password was compared and found right; now it waits for the row.
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

test('whoever is let in while an organization is closed is no member of it', async () => {
  const close = 'mutation ($id: ID!) { organizationClose(input: { organizationId: $id }) { closedAt } }';
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
