import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

const signUp = `mutation SignUp($input: UserSignUpInput!) {
  userSignUp(input: $input) { accessToken accessTokenExpiresAt refreshToken user { id displayName email } viewer { id displayName } }
}`;
const signIn = `mutation SignIn($input: SessionSignInInput!) {
  sessionSignIn(input: $input) { accessToken accessTokenExpiresAt refreshToken viewer { id displayName } }
}`;
const refresh = `mutation Refresh($input: SessionRefreshInput!) {
  sessionRefresh(input: $input) { accessToken accessTokenExpiresAt refreshToken viewer { id } }
}`;
const signOut = 'mutation { sessionSignOut { signedOut } }';
const viewer = '{ viewer { id displayName platformRoles actor { id displayName } memberships { id } } }';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  // The key that signs tokens is made at the first sign-up; from then on the numbers of statements are steady.
  await world.operator();
});
afterAll(() => world.close());
afterEach(() => world.clock.reset());

const credentials = ({ email, password }: Person) => ({ input: { email, password } });

describe('userSignUp', () => {
  test('signs somebody up and in, with tokens that work', async () => {
    const input = { email: 'Ann@Example.org', password: 'correct horse battery', displayName: '  Ann  ' };
    const { userSignUp } = await world.anonymous.ask(signUp, { input });
    expect(userSignUp.user).toMatchObject({ displayName: 'Ann' });
    expect(userSignUp.viewer).toEqual({ id: userSignUp.user.id, displayName: 'Ann' });
    expect(userSignUp.refreshToken).toMatch(/^ert_/);
    const ann = world.bearer(userSignUp.accessToken);
    const { actor } = await ann.ask('query ($id: ID!) { actor(id: $id) { ... on User { email } } }', {
      id: userSignUp.user.id,
    });
    expect(actor).toEqual({ email: 'ann@example.org' });
  });

  test('tells who signed up, with neither e-mail address nor name', async () => {
    const ann = await world.signUp({ displayName: 'Ann' });
    const facts = await world.facts({ key: ann.id });
    expect(facts.map(({ type, actor, keySeq }) => [type, actor, keySeq])).toEqual([
      ['identity.user.signedUp', null, 1],
      ['identity.session.signedIn', null, 2],
    ]);
    expect(facts[0]?.payload).toEqual({ userId: ann.id });
  });

  test('an address can be taken once per universe, whatever its case', async () => {
    const ann = await world.signUp();
    const input = { email: ann.email.toUpperCase(), password: 'correct horse battery', displayName: 'Bob' };
    expect(await refusal(world.anonymous, signUp, { input })).toEqual({ code: 'CONFLICT', path: 'input.email' });
    const other = await world.inUniverse('other').anonymous.ask(signUp, { input });
    expect(other.userSignUp.user.id).not.toBe(ann.id);
  });

  test('an input at fault names every field', async () => {
    const input = { email: 'nobody', password: 'short', displayName: '' };
    const [error] = await world.anonymous.askForErrors(signUp, { input });
    expect(error?.extensions).toMatchObject({ code: 'INVALID', os: 'identity', path: ['input', 'email'] });
    expect([...new Set(error?.extensions.issues?.map(({ path }) => path.join('.')))]).toEqual([
      'input.email',
      'input.password',
      'input.displayName',
    ]);
  });

  test('takes seven statements', async () => {
    const input = { email: 'seven@example.org', password: 'correct horse battery', displayName: 'Seven' };
    expect(await world.statements(() => world.anonymous.ask(signUp, { input }))).toHaveLength(7);
  });
});

describe('sessionSignIn', () => {
  test('signs in with a token of ten minutes that names person, session and universe', async () => {
    const ann = await world.signUp();
    const { sessionSignIn } = await world.anonymous.ask(signIn, credentials(ann));
    const claims = decodeJwt(sessionSignIn.accessToken);
    expect(claims).toMatchObject({ sub: ann.id, kind: 'USER', iss: 'ensemble', unv: 'main' });
    expect(claims['sid']).toMatch(/^ses_/);
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(600);
    expect(new Date(sessionSignIn.accessTokenExpiresAt).getTime()).toBe((claims.exp ?? 0) * 1000);
    expect(await world.bearer(sessionSignIn.accessToken).ask(viewer)).toMatchObject({ viewer: { id: ann.id } });
  });

  test('a wrong password and an unknown address are refused alike', async () => {
    const ann = await world.signUp();
    const wrong = { input: { email: ann.email, password: 'something else' } };
    const unknown = { input: { email: 'nobody@example.org', password: 'something else' } };
    const [first] = await world.anonymous.askForErrors(signIn, wrong);
    const [second] = await world.anonymous.askForErrors(signIn, unknown);
    expect(first).toEqual(second);
    expect(first?.extensions).toMatchObject({ code: 'UNAUTHENTICATED', path: ['input'] });
  });

  test('a refused sign-in is remembered although the call is refused', async () => {
    const ann = await world.signUp();
    await world.anonymous.askForErrors(signIn, { input: { email: ann.email, password: 'something else' } });
    const [fact] = (await world.facts({ key: ann.id })).slice(-1);
    expect(fact).toMatchObject({
      type: 'identity.session.signInRefused',
      payload: { actorId: ann.id, failures: 1 },
    });
  });

  test('somebody of another universe cannot sign in here', async () => {
    const ann = await world.inUniverse('other').signUp();
    expect((await refusal(world.anonymous, signIn, credentials(ann))).code).toBe('UNAUTHENTICATED');
  });

  test('takes twelve statements', async () => {
    const ann = await world.signUp();
    expect(await world.statements(() => world.anonymous.ask(signIn, credentials(ann)))).toHaveLength(12);
  });
});

describe('sessionRefresh', () => {
  test('each refresh token is good once and gives the next', async () => {
    const ann = await world.signUp();
    const first = await world.anonymous.ask(refresh, { input: { refreshToken: ann.refreshToken } });
    expect(first.sessionRefresh.viewer.id).toBe(ann.id);
    expect(first.sessionRefresh.refreshToken).not.toBe(ann.refreshToken);
    const second = await world.anonymous.ask(refresh, { input: { refreshToken: first.sessionRefresh.refreshToken } });
    const { sid } = decodeJwt(ann.accessToken);
    expect(decodeJwt(second.sessionRefresh.accessToken)['sid']).toBe(sid);
    expect(await world.bearer(second.sessionRefresh.accessToken).ask(viewer)).toMatchObject({ viewer: { id: ann.id } });
  });

  test('one used twice ends the session, for the thief and for the owner', async () => {
    const ann = await world.signUp();
    const { sessionRefresh } = await world.anonymous.ask(refresh, { input: { refreshToken: ann.refreshToken } });
    expect((await refusal(world.anonymous, refresh, { input: { refreshToken: ann.refreshToken } })).code).toBe(
      'UNAUTHENTICATED',
    );
    await world.settled();
    expect(
      (await refusal(world.anonymous, refresh, { input: { refreshToken: sessionRefresh.refreshToken } })).code,
    ).toBe('EXPIRED');
    expect((await refusal(world.bearer(sessionRefresh.accessToken), viewer)).code).toBe('UNAUTHENTICATED');
    expect((await refusal(ann, viewer)).code).toBe('UNAUTHENTICATED');
    const [fact] = (await world.facts({ key: ann.id })).slice(-1);
    expect(fact).toMatchObject({ type: 'identity.session.revoked', payload: { reason: 'REFRESH_TOKEN_REUSED' } });
  });

  test('ends after thirty days of absence, and whatever happens after ninety', async () => {
    const day = 24 * 3_600_000;
    const ann = await world.signUp();
    const bob = await world.signUp();
    world.clock.turn(30 * day);
    expect((await refusal(world.anonymous, refresh, { input: { refreshToken: ann.refreshToken } })).code).toBe(
      'EXPIRED',
    );
    world.clock.reset();
    let token = bob.refreshToken;
    for (let n = 0; n < 3; n++) {
      world.clock.turn(29 * day);
      token = (await world.anonymous.ask(refresh, { input: { refreshToken: token } })).sessionRefresh.refreshToken;
    }
    world.clock.turn(3 * day);
    expect((await refusal(world.anonymous, refresh, { input: { refreshToken: token } })).code).toBe('EXPIRED');
  });

  test('an unknown token is UNAUTHENTICATED, and so is one of another universe', async () => {
    const ann = await world.signUp();
    const unknown = { input: { refreshToken: 'ert_nobody' } };
    expect((await refusal(world.anonymous, refresh, unknown)).code).toBe('UNAUTHENTICATED');
    const elsewhere = world.inUniverse('other').anonymous;
    expect((await refusal(elsewhere, refresh, { input: { refreshToken: ann.refreshToken } })).code).toBe(
      'UNAUTHENTICATED',
    );
  });

  test('takes seven statements', async () => {
    const ann = await world.signUp();
    const input = { refreshToken: ann.refreshToken };
    expect(await world.statements(() => world.anonymous.ask(refresh, { input }))).toHaveLength(7);
  });
});

describe('sessionSignOut', () => {
  test('ends the token at once and leaves other sessions alone', async () => {
    const ann = await world.signUp();
    const { sessionSignIn } = await world.anonymous.ask(signIn, credentials(ann));
    expect(await ann.ask(signOut)).toEqual({ sessionSignOut: { signedOut: true } });
    await world.settled();
    expect((await refusal(ann, viewer)).code).toBe('UNAUTHENTICATED');
    expect((await refusal(world.anonymous, refresh, { input: { refreshToken: ann.refreshToken } })).code).toBe(
      'EXPIRED',
    );
    expect(await world.bearer(sessionSignIn.accessToken).ask(viewer)).toMatchObject({ viewer: { id: ann.id } });
  });

  test('is for whoever is signed in', async () => {
    expect((await refusal(world.anonymous, signOut)).code).toBe('UNAUTHENTICATED');
  });

  test('takes three statements', async () => {
    const ann = await world.signUp();
    expect(await world.statements(() => ann.ask(signOut))).toHaveLength(3);
  });
});

describe('viewer', () => {
  test('is whoever is signed in, and nobody for the anonymous', async () => {
    const ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
    const { viewer: me } = await ann.ask(viewer);
    expect(me).toMatchObject({ id: ann.id, displayName: 'Ann', platformRoles: [], actor: { id: ann.id } });
    expect(me.memberships).toHaveLength(1);
    expect(await world.anonymous.ask(viewer)).toEqual({ viewer: null });
  });

  test('an expired access token is EXPIRED, a forged one UNAUTHENTICATED', async () => {
    const ann = await world.signUp();
    world.clock.turn(-11 * 60_000);
    const { sessionSignIn } = await world.anonymous.ask(signIn, credentials(ann));
    const late = await world.bearer(sessionSignIn.accessToken).answer(viewer);
    expect([late.status, late.errors[0]?.extensions.code]).toEqual([401, 'EXPIRED']);
    const forged = `${ann.accessToken.slice(0, -4)}AAAA`;
    expect((await refusal(world.bearer(forged), viewer)).code).toBe('UNAUTHENTICATED');
  });

  test('takes three statements, however many memberships there are', async () => {
    const one = await world.signUp({ organization: 'One' });
    const many = await world.signUp();
    for (let n = 0; n < 10; n++) {
      await many.ask(
        'mutation ($name: String!) { organizationCreate(input: { displayName: $name }) { organization { id } } }',
        {
          name: `Number ${n}`,
        },
      );
    }
    const ask = '{ viewer { memberships { role organization { displayName } actor { displayName } } } }';
    expect(await world.statements(() => one.ask(ask))).toHaveLength(3);
    expect(await world.statements(() => many.ask(ask))).toHaveLength(3);
  });
});
