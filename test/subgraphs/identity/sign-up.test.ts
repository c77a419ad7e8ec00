import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type World } from '../../testkit/world.ts';
import { mailsTo, newestToken, tokenIn } from './letters.ts';

const signUp = 'mutation SignUp($input: UserSignUpInput!) { userSignUp(input: $input) { requested } }';
const complete = `mutation Complete($input: UserSignUpCompleteInput!) {
  userSignUpComplete(input: $input) { accessToken accessTokenExpiresAt refreshToken user { id displayName email emailConfirmed } viewer { id displayName } }
}`;
const send = 'mutation ($input: InvitationSendInput!) { invitationSend(input: $input) { invitation { id } } }';
const accept = `mutation ($input: InvitationAcceptInput!) {
  invitationAccept(input: $input) { membership { role organization { id } } }
}`;
const password = 'correct horse battery';
const hour = 3_600_000;

let world: World;
beforeAll(async () => {
  world = await openWorld({ oses: ['identity'] });
  await world.operator();
});
afterAll(() => world.close());
afterEach(() => world.clock.reset());

const ask = (email: string) => world.anonymous.ask(signUp, { input: { email } });

describe('userSignUp', () => {
  test('sends a link that creates the account and signs in, with tokens that work', async () => {
    expect(await ask(' Ann@Example.org ')).toEqual({
      userSignUp: { requested: true },
    });
    const [mail] = await mailsTo(world, 'ann@example.org');
    expect(mail?.subject).toBe('Complete your sign-up');
    const input = { token: tokenIn(mail), password, displayName: '  Ann  ' };
    const { userSignUpComplete } = await world.anonymous.ask(complete, {
      input,
    });
    const { user, viewer, refreshToken, accessToken } = userSignUpComplete;
    expect(viewer).toEqual({ id: user.id, displayName: 'Ann' });
    expect(refreshToken).toMatch(/^ert_/);
    const { actor } = await world
      .bearer(accessToken)
      .ask('query ($id: ID!) { actor(id: $id) { ... on User { email emailConfirmed } } }', { id: user.id });
    expect(actor).toEqual({ email: 'ann@example.org', emailConfirmed: true });
    expect(await refusal(world.anonymous, complete, { input })).toEqual({
      code: 'EXPIRED',
      path: 'input.token',
    });
  });

  test('runs the same statements whether or not the address has an account; only the mail reveals it', async () => {
    const ann = await world.signUp();
    const seen = async (email: string) => {
      let answer: unknown;
      const sent = await world.statements(async () => {
        answer = await world.anonymous
          .answer(signUp, { input: { email } })
          .then(({ data, errors }) => ({ data, errors }));
      });
      return {
        answer,
        sent: sent.map((statement) => statement.replace(/'[^']*'/g, '…')),
      };
    };
    expect(await seen(ann.email)).toEqual(await seen('nobody.yet@example.org'));
    const [mail] = await mailsTo(world, ann.email);
    expect(mail?.subject).toBe('You already have an account');
    expect(mail?.text).not.toContain('#token=');
  });

  test('creates no account and hashes nothing without the link, even with many aliases', async () => {
    const before = await world.database.query('select count(*) from identity.credentials');
    const fields = Array.from(
      { length: 10 },
      (_, n) => `a${n}: userSignUp(input: { email: "alias${n}@example.org" }) { requested }`,
    );
    await world.anonymous.ask(`mutation { ${fields.join(' ')} }`);
    expect(await world.database.query('select count(*) from identity.credentials')).toEqual(before);
    const input = { token: 'elk_none', password, displayName: 'Nobody' };
    expect(await refusal(world.anonymous, complete, { input })).toEqual({
      code: 'NOT_FOUND',
      path: 'input.token',
    });
  });

  test('five mails to one address within an hour are enough, whatever universe they come from', async () => {
    const email = 'flooded@example.org';
    const answers: string[] = [];
    for (let n = 0; n < 8; n++) {
      const { errors } = await world
        .inUniverse(n % 2 ? 'other' : 'main')
        .anonymous.answer(signUp, { input: { email } });
      answers.push(errors[0]?.extensions.code ?? 'OK');
    }
    expect(answers).toEqual([...Array<string>(5).fill('OK'), ...Array<string>(3).fill('TOO_MANY')]);
    expect(await mailsTo(world, email)).toHaveLength(5);
  });

  test('a newer link voids the older, and none is valid after a day', async () => {
    const email = 'twice@example.org';
    await ask(email);
    const first = await newestToken(world, email);
    await ask(email);
    const second = await newestToken(world, email);
    const by = (token: string) => ({
      input: { token, password, displayName: 'Twice' },
    });
    expect((await refusal(world.anonymous, complete, by(first))).code).toBe('EXPIRED');
    world.clock.turn(25 * hour);
    expect((await refusal(world.anonymous, complete, by(second))).code).toBe('EXPIRED');
    world.clock.reset();
    await world.anonymous.ask(complete, by(second));
  });

  test('publishes facts without address and name', async () => {
    const ann = await world.signUp({ displayName: 'Ann' });
    const facts = await world.facts({ key: ann.id });
    expect(facts.map(({ type, actor, keySeq }) => [type, actor, keySeq])).toEqual([
      ['identity.user.signedUp', null, 1],
      ['identity.session.signedIn', null, 2],
    ]);
    expect(facts[0]?.payload).toEqual({ userId: ann.id });
  });

  test('an address can be taken once per universe', async () => {
    const email = 'same@example.org';
    await ask(email);
    const token = await newestToken(world, email);
    await world.signUp({ email: ' SAME@example.org' });
    const input = { token, password, displayName: 'Late' };
    expect(await refusal(world.anonymous, complete, { input })).toEqual({
      code: 'CONFLICT',
      path: 'input.token',
    });
    await world.inUniverse('other').signUp({ email });
  });

  test('an invalid input names every field', async () => {
    const input = { token: 'x', password: 'short', displayName: '\u200b' };
    const [error] = await world.anonymous.askForErrors(complete, { input });
    expect([...new Set(error?.extensions.issues?.map(({ path }) => path.join('.')))]).toEqual([
      'input.password',
      'input.displayName',
    ]);
    expect(await refusal(world.anonymous, signUp, { input: { email: 'nobody' } })).toEqual({
      code: 'INVALID',
      path: 'input.email',
    });
  });

  test('works with the link of an invitation, which is then accepted', async () => {
    const owner = await world.signUp({ organization: 'Museum' });
    const email = 'invited@example.org';
    await owner.ask(send, {
      input: { organizationId: owner.organizationId, email, role: 'EDITOR' },
    });
    const token = await newestToken(world, email);
    const { userSignUpComplete } = await world.anonymous.ask(complete, {
      input: { token, password, displayName: 'Invited' },
    });
    const invited = world.bearer(userSignUpComplete.accessToken);
    const { membership } = (await invited.ask(accept, { input: { token } })).invitationAccept;
    expect(membership).toEqual({
      role: 'EDITOR',
      organization: { id: owner.organizationId },
    });
  });
});
