import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type World } from '../../testkit/world.ts';
import { mailsTo, newestToken } from './letters.ts';

const change = `mutation ($input: PasswordChangeInput!) {
  passwordChange(input: $input) { revokedCount viewer { id } }
}`;
const signIn = 'mutation ($input: SessionSignInInput!) { sessionSignIn(input: $input) { accessToken } }';
const emailChange = 'mutation ($input: EmailChangeInput!) { emailChange(input: $input) { requested } }';
const confirm = 'mutation ($input: EmailConfirmInput!) { emailConfirm(input: $input) { user { id } } }';
const onBehalf = 'mutation ($input: SessionActOnBehalfInput!) { sessionActOnBehalf(input: $input) { accessToken } }';
const password = 'another horse battery';

let world: World;
beforeAll(async () => {
  world = await openWorld({ oses: ['identity'] });
});
afterAll(() => world.close());

test('passwordChange sets another password, ends all other sessions and sends a notice', async () => {
  const ann = await world.signUp();
  const { sessionSignIn } = await world.anonymous.ask(signIn, {
    input: { email: ann.email, password: ann.password },
  });
  await ann.ask(emailChange, {
    input: { email: `thief.${ann.email}`, password: ann.password },
  });
  const pending = await newestToken(world, `thief.${ann.email}`);
  expect(
    await ann.ask(change, {
      input: { currentPassword: ann.password, password },
    }),
  ).toEqual({
    passwordChange: { revokedCount: 1, viewer: { id: ann.id } },
  });
  await world.settled();
  expect((await refusal(world.bearer(sessionSignIn.accessToken), '{ viewer { id } }')).code).toBe('UNAUTHENTICATED');
  await ann.ask('{ viewer { id } }');
  expect((await mailsTo(world, ann.email)).at(-1)?.subject).toBe('Your password was changed');
  expect((await refusal(world.anonymous, confirm, { input: { token: pending } })).code).toBe('EXPIRED');
  await world.anonymous.ask(signIn, { input: { email: ann.email, password } });
  const old = { input: { email: ann.email, password: ann.password } };
  expect((await refusal(world.anonymous, signIn, old)).code).toBe('UNAUTHENTICATED');
  const [fact] = (await world.facts({ key: ann.id })).filter(({ type }) => type === 'identity.password.changed');
  expect(fact?.payload).toMatchObject({ actorId: ann.id, sessionsEnded: 1 });
});

test('passwordChange requires the present password from the person themselves, and counts wrong ones', async () => {
  const ann = await world.signUp();
  const operator = await world.operator();
  const bob = await world.signUp();
  const input = { currentPassword: 'something else', password };
  expect(await refusal(ann, change, { input })).toEqual({
    code: 'FORBIDDEN',
    path: 'input.password',
  });
  for (let n = 0; n < 9; n++) await ann.askForErrors(change, { input });
  expect(
    (
      await refusal(ann, change, {
        input: { currentPassword: ann.password, password },
      })
    ).code,
  ).toBe('TOO_MANY');
  const { sessionActOnBehalf } = await operator.ask(onBehalf, {
    input: { actorId: bob.id, reason: 'a test' },
  });
  expect(
    (
      await refusal(world.bearer(sessionActOnBehalf.accessToken), change, {
        input,
      })
    ).code,
  ).toBe('FORBIDDEN');
  expect((await refusal(world.anonymous, change, { input })).code).toBe('UNAUTHENTICATED');
  const short = { input: { currentPassword: ann.password, password: 'short' } };
  expect(await refusal(ann, change, short)).toEqual({
    code: 'INVALID',
    path: 'input.password',
  });
});
