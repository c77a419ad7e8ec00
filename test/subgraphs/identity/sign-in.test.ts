import { hash, verify } from '@node-rs/argon2';
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { atFullCost } from '../../testkit/argon2.ts';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

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
  world = await openWorld({ oses: ['identity'] });
  // The signing key is created at the first sign-up; from then on the numbers of statements are constant.
  await world.operator();
});
afterAll(() => world.close());
afterEach(() => world.clock.reset());

const credentials = ({ email, password }: Person) => ({
  input: { email, password },
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

  test('passwords are kept as Argon2id with 19 MiB and two passes', async () => {
    const storedOf = async (id: string): Promise<string> => {
      const [row] = await world.database.query<{ password_hash: string }>(
        'select password_hash from identity.credentials where id = $1',
        [id],
      );
      return row?.password_hash ?? '';
    };
    const ann = await atFullCost(() => world.signUp());
    expect(await storedOf(ann.id)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await verify(await storedOf(ann.id), ann.password)).toBe(true);
    expect((await world.anonymous.ask(signIn, credentials(ann))).sessionSignIn.viewer.id).toBe(ann.id);
    const bob = await world.signUp();
    expect(await storedOf(bob.id)).toMatch(/^\$argon2id\$v=19\$m=8,t=1,p=1\$/);
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

  test('a refused sign-in is recorded although the call is refused', async () => {
    const ann = await world.signUp();
    await world.anonymous.askForErrors(signIn, { input: { email: ann.email, password: 'something else' } });
    const [fact] = (await world.facts({ key: ann.id })).slice(-1);
    expect(fact).toMatchObject({
      type: 'identity.session.signInRefused',
      payload: { actorId: ann.id, failures: 1 },
    });
  });

  test('accepts a password and an address in any Unicode form', async () => {
    const email = 'jos\u00e9@b\u00fccher.example';
    const password = 'caf\u00e9 cr\u00e8me br\u00fbl\u00e9e';
    await world.signUp({ email, password });
    for (const form of ['NFC', 'NFD'] as const)
      for (const address of [email, ' JOS\u00c9@xn--bcher-kva.example '])
        await world.anonymous.ask(signIn, {
          input: {
            email: address.normalize(form),
            password: password.normalize(form),
          },
        });
    const mail = await world.database.query(
      `select email from identity.actors where email like '%xn--bcher-kva.example'`,
    );
    expect(mail).toEqual([{ email: 'jos\u00e9@xn--bcher-kva.example' }]);
  });

  test('a hash of another Unicode form is accepted, and renewed', async () => {
    const password = 'caf\u00e9 cr\u00e8me br\u00fbl\u00e9e';
    const ann = await world.signUp({ password });
    const stored = await hash(password.normalize('NFD'));
    await world.database.query('update identity.credentials set password_hash = $1 where id = $2', [stored, ann.id]);
    await world.anonymous.ask(signIn, {
      input: { email: ann.email, password },
    });
    const [row] = await world.database.query<{ password_hash: string }>(
      'select password_hash from identity.credentials where id = $1',
      [ann.id],
    );
    expect(await verify(row?.password_hash ?? '', password.normalize('NFC'))).toBe(true);
    await world.anonymous.ask(signIn, {
      input: { email: ann.email, password: password.normalize('NFD') },
    });
    const wrong = {
      input: { email: ann.email, password: 'cafe creme brulee' },
    };
    expect((await refusal(world.anonymous, signIn, wrong)).code).toBe('UNAUTHENTICATED');
  });

  test('a person of another universe cannot sign in here', async () => {
    const ann = await world.inUniverse('other').signUp();
    expect((await refusal(world.anonymous, signIn, credentials(ann))).code).toBe('UNAUTHENTICATED');
  });

  test('takes twelve statements', async () => {
    const ann = await world.signUp();
    expect(await world.statements(() => world.anonymous.ask(signIn, credentials(ann)))).toHaveLength(12);
  });
});

describe('sessionRefresh', () => {
  test('each refresh token can be used once and returns the next', async () => {
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
    const { sessionRefresh } = await world.anonymous.ask(refresh, {
      input: { refreshToken: ann.refreshToken },
    });
    world.clock.turn(31_000);
    expect(
      (
        await refusal(world.anonymous, refresh, {
          input: { refreshToken: ann.refreshToken },
        })
      ).code,
    ).toBe('UNAUTHENTICATED');
    await world.settled();
    expect(
      (await refusal(world.anonymous, refresh, { input: { refreshToken: sessionRefresh.refreshToken } })).code,
    ).toBe('EXPIRED');
    expect((await refusal(world.bearer(sessionRefresh.accessToken), viewer)).code).toBe('UNAUTHENTICATED');
    expect((await refusal(ann, viewer)).code).toBe('UNAUTHENTICATED');
    const [fact] = (await world.facts({ key: ann.id })).slice(-1);
    expect(fact).toMatchObject({
      type: 'identity.session.revoked',
      payload: { reason: 'REFRESH_TOKEN_REUSED' },
    });
  });

  test('within half a minute a lost answer is repeated, and the chain does not fork', async () => {
    const ann = await world.signUp();
    const again = async (token: string) =>
      (await world.anonymous.ask(refresh, { input: { refreshToken: token } })).sessionRefresh;
    const first = await again(ann.refreshToken);
    world.clock.turn(29_000);
    const second = await again(ann.refreshToken);
    expect(second.refreshToken).toBe(first.refreshToken);
    expect(decodeJwt(second.accessToken)['sid']).toBe(decodeJwt(ann.accessToken)['sid']);
    // The next one has been used: the old one returns nothing, and the session continues.
    const third = await again(second.refreshToken);
    expect(
      (
        await refusal(world.anonymous, refresh, {
          input: { refreshToken: ann.refreshToken },
        })
      ).code,
    ).toBe('UNAUTHENTICATED');
    const fourth = await again(third.refreshToken);
    // Of two clients with the same token the later one ends the session.
    world.clock.turn(31_000);
    expect(
      (
        await refusal(world.anonymous, refresh, {
          input: { refreshToken: second.refreshToken },
        })
      ).code,
    ).toBe('UNAUTHENTICATED');
    await world.settled();
    expect(
      (
        await refusal(world.anonymous, refresh, {
          input: { refreshToken: fourth.refreshToken },
        })
      ).code,
    ).toBe('EXPIRED');
    const rows = await world.database.query('select sealed_successor from identity.refresh_tokens');
    expect(JSON.stringify(rows)).not.toContain(first.refreshToken);
  });

  test('ends after thirty days of absence, and in any case after ninety', async () => {
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

  test('is for signed-in viewers', async () => {
    expect((await refusal(world.anonymous, signOut)).code).toBe('UNAUTHENTICATED');
  });

  test('takes three statements', async () => {
    const ann = await world.signUp();
    expect(await world.statements(() => ann.ask(signOut))).toHaveLength(3);
  });
});

describe('viewer', () => {
  test('is the signed-in actor, and null without a sign-in', async () => {
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

  test('the answer of a sign-in contains the memberships of the person', async () => {
    const ann = await world.signUp({ organization: 'Founded' });
    const signedIn = await world.anonymous.ask(
      'mutation ($input: SessionSignInInput!) { sessionSignIn(input: $input) { viewer { memberships { role organization { displayName } } } } }',
      credentials(ann),
    );
    expect(signedIn.sessionSignIn.viewer.memberships).toEqual([
      { role: 'OWNER', organization: { displayName: 'Founded' } },
    ]);
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
