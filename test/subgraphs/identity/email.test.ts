import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type World } from '../../testkit/world.ts';
import { mailsTo, newestToken, tokenIn } from './letters.ts';

const request = 'mutation { emailConfirmationRequest { requested } }';
const confirm = 'mutation ($input: EmailConfirmInput!) { emailConfirm(input: $input) { user { id } } }';
const change = 'mutation ($input: EmailChangeInput!) { emailChange(input: $input) { requested } }';
const resetRequest =
  'mutation ($input: PasswordResetRequestInput!) { passwordResetRequest(input: $input) { requested } }';
const reset = `mutation ($input: PasswordResetInput!) {
  passwordReset(input: $input) { accessToken accessTokenExpiresAt refreshToken viewer { id displayName } }
}`;
const stop = 'mutation ($input: EmailChangeStopInput!) { emailChangeStop(input: $input) { user { id } } }';
const signIn = 'mutation ($input: SessionSignInInput!) { sessionSignIn(input: $input) { viewer { id } } }';
const refresh = 'mutation ($input: SessionRefreshInput!) { sessionRefresh(input: $input) { accessToken } }';
const user = 'query ($id: ID!) { actor(id: $id) { id ... on User { email emailConfirmed } } }';
const onBehalf = 'mutation ($input: SessionActOnBehalfInput!) { sessionActOnBehalf(input: $input) { accessToken } }';

const minute = 60_000;
const hour = 60 * minute;
const password = 'another horse battery';

let world: World;
beforeAll(async () => {
  world = await openWorld({ oses: ['identity'], env: { TRUST_PROXY: '1' } });
  await world.operator();
});
afterAll(() => world.close());
afterEach(() => world.clock.reset());

describe('emailConfirmationRequest', () => {
  test('sends a link, and using it confirms the address, once', async () => {
    const ann = await world.signUp({
      isUnconfirmed: true,
      displayName: 'Ann <b>',
    });
    expect((await ann.ask(user, { id: ann.id })).actor).toMatchObject({
      emailConfirmed: false,
    });
    expect(await ann.ask(request)).toEqual({
      emailConfirmationRequest: { requested: true },
    });
    const [mail] = await mailsTo(world, ann.email);
    expect(mail?.subject).toBe('Confirm your e-mail address');
    expect(mail?.text).toContain('https://quillhaven.example/account/confirm-email#token=elk_');
    expect(mail?.html).toContain('Hello Ann &lt;b&gt;,');
    const input = { token: tokenIn(mail) };
    expect((await world.anonymous.ask(confirm, { input })).emailConfirm.user).toEqual({ id: ann.id });
    expect((await ann.ask(user, { id: ann.id })).actor).toMatchObject({ email: ann.email, emailConfirmed: true });
    expect(await refusal(world.anonymous, confirm, { input })).toEqual({ code: 'EXPIRED', path: 'input.token' });
    expect(await ann.ask(request)).toEqual({ emailConfirmationRequest: { requested: false } });
    expect(await mailsTo(world, ann.email)).toHaveLength(1);
  });

  test('publishes facts without address or token, and stores the token nowhere in clear text', async () => {
    const ann = await world.signUp({ isUnconfirmed: true });
    await ann.ask(request);
    const token = await newestToken(world, ann.email);
    await world.anonymous.ask(confirm, { input: { token } });
    const facts = await world.facts();
    const mine = facts.filter(({ key, payload }) => key === ann.id || payload['actorId'] === ann.id);
    expect(mine.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['identity.emailConfirmation.requested', 'identity.email.confirmed']),
    );
    const told = JSON.stringify([facts, world.log]);
    expect([told.includes(token), told.includes(ann.email)]).toEqual([false, false]);
    for (const table of ['one_time_links', 'account_mails']) {
      const rows = await world.database.query(`select * from identity.${table}`);
      expect(JSON.stringify(rows)).not.toContain(token);
    }
  });

  test('a newer link voids the older, and none is valid after a day', async () => {
    const ann = await world.signUp({ isUnconfirmed: true });
    await ann.ask(request);
    await ann.ask(request);
    const [first, second] = await mailsTo(world, ann.email);
    expect(await refusal(world.anonymous, confirm, { input: { token: tokenIn(first) } })).toMatchObject({
      code: 'EXPIRED',
    });
    world.clock.turn(24 * hour + minute);
    expect(await refusal(world.anonymous, confirm, { input: { token: tokenIn(second) } })).toMatchObject({
      code: 'EXPIRED',
    });
    world.clock.reset();
    await world.anonymous.ask(confirm, { input: { token: tokenIn(second) } });
  });

  test('five within an hour are enough', async () => {
    const ann = await world.signUp({ isUnconfirmed: true });
    for (let n = 0; n < 5; n++) await ann.ask(request);
    const [error] = await ann.askForErrors(request);
    expect(error?.extensions).toMatchObject({ code: 'TOO_MANY', retryable: true });
    expect(error?.extensions.retryAfter).toBeGreaterThan(3500);
    world.clock.turn(hour + minute);
    await ann.ask(request);
  });

  test('others do not see whether an address is confirmed, and cannot request a link on behalf of the person', async () => {
    const ann = await world.signUp({ isUnconfirmed: true });
    const bob = await world.signUp({ isUnconfirmed: true });
    const operator = await world.operator();
    expect((await bob.ask(user, { id: ann.id })).actor).toMatchObject({ email: null, emailConfirmed: null });
    expect((await operator.ask(user, { id: ann.id })).actor).toMatchObject({ emailConfirmed: false });
    expect(await refusal(world.anonymous, request)).toEqual({ code: 'UNAUTHENTICATED' });
    const { sessionActOnBehalf } = await operator.ask(onBehalf, { input: { actorId: ann.id, reason: 'a test' } });
    expect(await refusal(world.bearer(sessionActOnBehalf.accessToken), request)).toEqual({ code: 'FORBIDDEN' });
  });

  test('a link belongs to one universe, and names it', async () => {
    const other = world.inUniverse('other');
    const ann = await other.signUp({ isUnconfirmed: true });
    await ann.ask(request);
    const [mail] = await mailsTo(world, ann.email);
    expect(mail?.text).toMatch(/#token=elk_[\w-]+&universe=other/);
    const input = { token: tokenIn(mail) };
    expect(await refusal(world.anonymous, confirm, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.token' });
    await other.anonymous.ask(confirm, { input });
  });

  test('requesting and confirming take a constant number of statements', async () => {
    const ann = await world.signUp({ isUnconfirmed: true });
    expect(await world.statements(() => ann.ask(request))).toHaveLength(4);
    const input = { token: await newestToken(world, ann.email) };
    expect(await world.statements(() => world.anonymous.ask(confirm, { input }))).toHaveLength(6);
  });
});

describe('emailChange', () => {
  test('the change takes effect when the new address is confirmed, and the old one gets a notice', async () => {
    const ann = await world.signUp({ isUnconfirmed: true });
    const email = `New.${ann.email}`;
    expect(await ann.ask(change, { input: { email, password: ann.password } })).toEqual({
      emailChange: { requested: true },
    });
    expect((await ann.ask(user, { id: ann.id })).actor).toMatchObject({ email: ann.email });
    const token = await newestToken(world, email);
    await world.anonymous.ask(confirm, { input: { token } });
    const now = { email: email.toLowerCase(), emailConfirmed: true };
    expect((await ann.ask(user, { id: ann.id })).actor).toMatchObject(now);
    expect((await mailsTo(world, ann.email)).map(({ subject }) => subject)).toEqual([
      'A change of your e-mail address was requested',
      'Your e-mail address was changed',
    ]);
    await world.anonymous.ask(signIn, { input: { email, password: ann.password } });
    const old = { input: { email: ann.email, password: ann.password } };
    expect(await refusal(world.anonymous, signIn, old)).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  test('the present address gets a notice, and can stop the change and end all sessions', async () => {
    const ann = await world.signUp();
    const email = `thief.${ann.email}`;
    await ann.ask(change, { input: { email, password: ann.password } });
    const token = await newestToken(world, email);
    const [warning] = await mailsTo(world, ann.email);
    expect(warning?.text).toContain('/account/stop-email-change#token=');
    const input = { token: tokenIn(warning) };
    expect(await world.anonymous.ask(stop, { input })).toEqual({
      emailChangeStop: { user: { id: ann.id } },
    });
    await world.settled();
    expect(await refusal(world.anonymous, confirm, { input: { token } })).toMatchObject({ code: 'EXPIRED' });
    expect(await refusal(ann, '{ viewer { id } }')).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    expect(await refusal(world.anonymous, stop, { input })).toEqual({
      code: 'EXPIRED',
      path: 'input.token',
    });
  });

  test('the previous address can undo a completed change, whatever the thief did since', async () => {
    const ann = await world.signUp();
    const thief = `thief.${ann.email}`;
    await ann.ask(change, { input: { email: thief, password: ann.password } });
    await world.anonymous.ask(confirm, { input: { token: await newestToken(world, thief) } });
    const [warning] = await mailsTo(world, ann.email);
    const input = { token: tokenIn(warning) };
    // A new password with the new mailbox, a second change of address, and the link that undoes that one.
    await world.anonymous.ask(resetRequest, { input: { email: thief } });
    const { passwordReset } = await world.anonymous.ask(reset, {
      input: { token: await newestToken(world, thief), password },
    });
    const further = `further.${ann.email}`;
    const session = world.bearer(passwordReset.accessToken);
    await session.ask(change, { input: { email: further, password } });
    const second = tokenIn(
      (await mailsTo(world, thief)).find(({ text }) => text.includes('/account/stop-email-change')),
    );
    await world.anonymous.ask(confirm, { input: { token: await newestToken(world, further) } });
    expect(await world.anonymous.ask(stop, { input })).toEqual({ emailChangeStop: { user: { id: ann.id } } });
    await world.settled();
    expect(await refusal(session, '{ viewer { id } }')).toMatchObject({ code: 'UNAUTHENTICATED' });
    for (const email of [ann.email, thief, further])
      for (const known of [password, ann.password])
        expect(await refusal(world.anonymous, signIn, { input: { email, password: known } })).toMatchObject({
          code: 'UNAUTHENTICATED',
        });
    for (const token of [second, input.token])
      expect(await refusal(world.anonymous, stop, { input: { token } })).toEqual({
        code: 'EXPIRED',
        path: 'input.token',
      });
    await world.anonymous.ask(resetRequest, { input: { email: ann.email } });
    const own = { token: await newestToken(world, ann.email), password: `${password} of ann` };
    expect((await world.anonymous.ask(reset, { input: own })).passwordReset.viewer).toMatchObject({ id: ann.id });
    await world.anonymous.ask(signIn, { input: { email: ann.email, password: own.password } });
  });

  test('a change cannot be undone after two days, nor if another account now has the address', async () => {
    const moved = async () => {
      const ann = await world.signUp({ isUnconfirmed: true });
      const email = `moved.${ann.email}`;
      await ann.ask(change, { input: { email, password: ann.password } });
      await world.anonymous.ask(confirm, { input: { token: await newestToken(world, email) } });
      const [warning] = await mailsTo(world, ann.email);
      return { ann, input: { token: tokenIn(warning) } };
    };
    const { ann, input } = await moved();
    await world.signUp({ isUnconfirmed: true, email: ann.email });
    expect(await refusal(world.anonymous, stop, { input })).toEqual({ code: 'CONFLICT', path: 'input.token' });
    const late = await moved();
    world.clock.turn(48 * hour + minute);
    expect(await refusal(world.anonymous, stop, { input: late.input })).toEqual({
      code: 'EXPIRED',
      path: 'input.token',
    });
  });

  test('does not reveal that another account has the address, and sends nothing there', async () => {
    const ann = await world.signUp({ isUnconfirmed: true });
    const bob = await world.signUp({ isUnconfirmed: true });
    const input = { email: bob.email, password: ann.password };
    expect(await ann.ask(change, { input })).toEqual({ emailChange: { requested: true } });
    expect(await mailsTo(world, bob.email)).toEqual([]);
  });

  test('an address that another account took meanwhile is a CONFLICT', async () => {
    const ann = await world.signUp({ isUnconfirmed: true });
    const email = `taken.${ann.email}`;
    await ann.ask(change, { input: { email, password: ann.password } });
    const token = await newestToken(world, email);
    await world.signUp({ isUnconfirmed: true, email });
    expect(await refusal(world.anonymous, confirm, { input: { token } })).toEqual({
      code: 'CONFLICT',
      path: 'input.token',
    });
  });

  test('requires the password, and counts wrong ones like a sign-in', async () => {
    const ann = await world.signUp({ isUnconfirmed: true });
    const input = { email: `x.${ann.email}`, password: 'something else' };
    expect(await refusal(ann, change, { input })).toEqual({ code: 'FORBIDDEN', path: 'input.password' });
    for (let n = 0; n < 9; n++) await ann.askForErrors(change, { input });
    expect(await refusal(ann, change, { input: { ...input, password: ann.password } })).toEqual({ code: 'TOO_MANY' });
    expect(await mailsTo(world, input.email)).toEqual([]);
  });
});

describe('passwordReset', () => {
  test('sets the password with a link, ends all existing sessions and signs in', async () => {
    const ann = await world.signUp({ isUnconfirmed: true });
    await world.anonymous.ask(resetRequest, {
      input: { email: ann.email.toUpperCase() },
    });
    const token = await newestToken(world, ann.email);
    const { passwordReset } = await world.anonymous.ask(reset, { input: { token, password } });
    expect(passwordReset.viewer).toEqual({ id: ann.id, displayName: ann.displayName });
    await world.settled();
    expect((await world.bearer(passwordReset.accessToken).ask('{ viewer { id } }')).viewer).toEqual({ id: ann.id });
    expect(await refusal(ann, '{ viewer { id } }')).toMatchObject({ code: 'UNAUTHENTICATED' });
    const before = { input: { refreshToken: ann.refreshToken } };
    expect(await refusal(world.anonymous, refresh, before)).toMatchObject({ code: 'EXPIRED' });
    await world.anonymous.ask(refresh, { input: { refreshToken: passwordReset.refreshToken } });
    await world.anonymous.ask(signIn, { input: { email: ann.email, password } });
    const old = { input: { email: ann.email, password: ann.password } };
    expect(await refusal(world.anonymous, signIn, old)).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect((await mailsTo(world, ann.email)).map(({ subject }) => subject)).toEqual([
      'Set a new password',
      'Your password was changed',
    ]);
    const [fact] = (await world.facts({ key: ann.id })).filter(({ type }) => type.endsWith('passwordReset.completed'));
    expect(fact?.payload).toMatchObject({ actorId: ann.id, sessionsEnded: 1 });
    const again = { input: { token, password } };
    expect(await refusal(world.anonymous, reset, again)).toEqual({ code: 'EXPIRED', path: 'input.token' });
  });

  test('an unknown address takes the same statements, and gets no mail', async () => {
    const ann = await world.signUp({ isUnconfirmed: true });
    const ask = async (email: string) => {
      let answer: unknown;
      const sent = await world.statements(async () => {
        answer = await world.anonymous.ask(resetRequest, { input: { email } });
      });
      return { answer, sent: sent.map((statement) => statement.replace(/'[^']*'/g, '…')) };
    };
    const known = await ask(ann.email);
    const unknown = await ask('nobody@example.org');
    expect(unknown).toEqual(known);
    expect(known.sent).toHaveLength(4);
    expect(await mailsTo(world, 'nobody@example.org')).toEqual([]);
    expect(await mailsTo(world, ann.email)).toHaveLength(1);
    const left = await world.database.query(`select 1 from identity.account_mails where recipient like 'nobody@%'`);
    expect(left).toEqual([]);
  });

  test('voids every other link, and a pending change of address', async () => {
    const ann = await world.signUp({ isUnconfirmed: true });
    const email = `thief.${ann.email}`;
    await ann.ask(request);
    const confirmation = await newestToken(world, ann.email);
    await ann.ask(change, { input: { email, password: ann.password } });
    const pending = await newestToken(world, email);
    await world.anonymous.ask(resetRequest, { input: { email: ann.email } });
    const input = { token: await newestToken(world, ann.email), password };
    await world.anonymous.ask(reset, { input });
    for (const token of [pending, confirmation])
      expect(await refusal(world.anonymous, confirm, { input: { token } })).toMatchObject({ code: 'EXPIRED' });
    expect(await mailsTo(world, email)).toHaveLength(1);
  });

  test('repeated requests by a stranger do not keep the owner at home from requesting a link', async () => {
    const ann = await world.signUp();
    const from = (ip: string) => ({ headers: { 'x-forwarded-for': ip } });
    const home = '203.0.113.20';
    await world.anonymous.ask(signIn, { input: { email: ann.email, password: ann.password } }, from(home));
    const input = { email: ann.email };
    for (let n = 0; n < 5; n++) await world.anonymous.ask(resetRequest, { input }, from('198.51.100.9'));
    const [refused] = await world.anonymous.askForErrors(resetRequest, { input }, from('198.51.100.10'));
    expect(refused?.extensions.code).toBe('TOO_MANY');
    // While strangers are refused, the last link is less than an hour old.
    await world.settled();
    world.clock.turn(((refused?.extensions.retryAfter ?? 0) - 1) * 1000);
    await world.anonymous.ask(resetRequest, { input }, from(home));
    const token = await newestToken(world, ann.email);
    await world.anonymous.ask(reset, { input: { token, password } });
  });

  test('is slowed down per address, known or not', async () => {
    const ann = await world.signUp({ isUnconfirmed: true });
    for (const email of [ann.email, 'nobody.else@example.org']) {
      for (let n = 0; n < 5; n++) await world.anonymous.ask(resetRequest, { input: { email } });
      const [error] = await world.anonymous.askForErrors(resetRequest, { input: { email } });
      expect(error?.extensions).toMatchObject({ code: 'TOO_MANY', retryable: true });
      expect(error?.extensions.retryAfter).toBeGreaterThan(3500);
    }
  });

  test('a link is valid for an hour, and for its own purpose only', async () => {
    const ann = await world.signUp({ isUnconfirmed: true });
    await world.anonymous.ask(resetRequest, { input: { email: ann.email } });
    const token = await newestToken(world, ann.email);
    expect(await refusal(world.anonymous, confirm, { input: { token } })).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refusal(world.anonymous, reset, { input: { token: 'elk_none', password } })).toEqual({
      code: 'NOT_FOUND',
      path: 'input.token',
    });
    const short = { input: { token, password: 'short' } };
    expect(await refusal(world.anonymous, reset, short)).toEqual({ code: 'INVALID', path: 'input.password' });
    world.clock.turn(hour + minute);
    expect(await refusal(world.anonymous, reset, { input: { token, password } })).toMatchObject({ code: 'EXPIRED' });
  });

  test('a link sent to a former address of the account is not accepted', async () => {
    const ann = await world.signUp({ isUnconfirmed: true });
    await world.anonymous.ask(resetRequest, { input: { email: ann.email } });
    const token = await newestToken(world, ann.email);
    const email = `moved.${ann.email}`;
    await ann.ask(change, { input: { email, password: ann.password } });
    await world.anonymous.ask(confirm, { input: { token: await newestToken(world, email) } });
    expect(await refusal(world.anonymous, reset, { input: { token, password } })).toMatchObject({ code: 'EXPIRED' });
  });
});
