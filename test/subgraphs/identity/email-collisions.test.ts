import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MigrationPages, MigrationQuery } from '../../../platform/database/migrations.ts';
import { identity013NormalTexts } from '../../../subgraphs/identity/migrations/013-normal-texts.ts';
import { identity016EmailCollisions } from '../../../subgraphs/identity/migrations/016-email-collisions.ts';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';
import { mailsTo, newestToken } from './letters.ts';

const list = '{ emailCollisions { email user { id email } holder { id } } }';
const change =
  'mutation ($input: EmailCollisionResolveInput!) { emailCollisionResolve(input: $input) { emailCollision { user { id email } holder { id } } } }';
const confirm = 'mutation ($token: String!) { emailConfirm(input: { token: $token }) { user { id } } }';
const stop = 'mutation ($token: String!) { emailChangeStop(input: { token: $token }) { user { id } } }';
const signIn = 'mutation ($input: SessionSignInInput!) { sessionSignIn(input: $input) { viewer { id } } }';

let world: World;
let operator: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['identity'] });
  operator = await world.operator();
});
afterAll(() => world.close());

/** Two accounts from before addresses had a normal form, after the migrations. */
async function collision(name: string): Promise<[holder: Person, user: Person]> {
  const [holder, user] = [await world.signUp(), await world.signUp()];
  const store = (person: Person, email: string) =>
    world.database.query('update identity.actors set email = $2 where id = $1', [person.id, email]);
  await store(holder, `${name}@bücher.example`);
  await store(user, `${name}@BÜCHER.example`.toLowerCase().normalize('NFD'));
  await world.database.transaction(async (client) => {
    await client.query('set local search_path to identity, public');
    const query: MigrationQuery = async (sql, params) => (await client.query(sql, params as unknown[])).rows as never[];
    await client.query('alter table actors drop column colliding_email');
    const pages = (identity013NormalTexts.up as (query: MigrationQuery, report: () => void) => MigrationPages)(
      query,
      () => {},
    );
    while (!(await pages.next()).done);
    await (identity016EmailCollisions.up as (query: MigrationQuery) => Promise<void>)(query);
  });
  return [holder, user];
}

const normal = (name: string) => `${name}@xn--bcher-kva.example`;

test('only operators see which accounts cannot sign in by their address', async () => {
  const [holder, user] = await collision('seen');
  const { emailCollisions } = await operator.ask(list);
  expect(emailCollisions).toEqual([
    {
      email: normal('seen'),
      user: { id: user.id, email: 'seen@bücher.example'.normalize('NFD') },
      holder: { id: holder.id },
    },
  ]);
  expect((await refusal(holder, list)).code).toBe('FORBIDDEN');
  expect((await refusal(world.anonymous as Person, list)).code).toBe('UNAUTHENTICATED');
  const input = { userId: user.id, email: 'x@example.org' };
  expect((await refusal(holder, change, { input })).code).toBe('FORBIDDEN');
  expect((await world.statements(() => operator.ask(list))).length).toBe(2);
});

test('a requested address is announced to both addresses, and takes effect once it is confirmed', async () => {
  const [holder, user] = await collision('moved');
  const present = 'moved@bücher.example'.normalize('NFD');
  const input = { userId: user.id, email: 'Moved@Example.org' };
  expect((await operator.ask(change, { input })).emailCollisionResolve.emailCollision.user).toEqual({
    id: user.id,
    email: present,
  });
  const [told] = await mailsTo(world, present);
  expect(told?.text).toContain('an operator');
  expect(told?.text).not.toContain('knows your password');
  await world.anonymous.ask(confirm, { token: await newestToken(world, 'moved@example.org') });
  const { sessionSignIn } = await world.anonymous.ask(signIn, {
    input: { email: 'moved@example.org', password: user.password },
  });
  expect(sessionSignIn.viewer.id).toBe(user.id);
  const { emailCollisions } = await operator.ask(list);
  expect(emailCollisions.map((each: { holder: { id: string } }) => each.holder.id)).not.toContain(holder.id);
});

test('the other account can be moved instead, and then the first one gets the address', async () => {
  const [holder, user] = await collision('other');
  await operator.ask(change, { input: { userId: holder.id, email: 'elsewhere@example.org' } });
  await world.anonymous.ask(confirm, { token: await newestToken(world, 'elsewhere@example.org') });
  const { emailCollisions } = await operator.ask(list);
  expect(emailCollisions).toContainEqual(expect.objectContaining({ email: normal('other'), holder: null }));
  await operator.ask(change, { input: { userId: user.id, email: normal('other') } });
  await world.anonymous.ask(confirm, { token: await newestToken(world, normal('other')) });
  await world.anonymous.ask(signIn, { input: { email: 'other@bücher.example', password: user.password } });
});

test('the reader of the present address can stop it', async () => {
  const [, user] = await collision('stopped');
  await operator.ask(change, { input: { userId: user.id, email: 'taken-over@example.org' } });
  const token = await newestToken(world, 'taken-over@example.org');
  await world.anonymous.ask(stop, { token: await newestToken(world, 'stopped@bücher.example'.normalize('NFD')) });
  expect((await refusal(world.anonymous as Person, confirm, { token })).code).toBe('EXPIRED');
});

test('operators cannot change the address of other accounts, nor to one that is taken', async () => {
  const ann = await world.signUp();
  const [, user] = await collision('refused');
  const asked = (userId: string, email: string) => refusal(operator, change, { input: { userId, email } });
  expect(await asked(ann.id, 'x@example.org')).toEqual({ code: 'CONFLICT', path: 'input.userId' });
  expect(await asked(user.id, ann.email)).toEqual({ code: 'CONFLICT', path: 'input.email' });
  expect(await asked(user.id, normal('refused'))).toEqual({ code: 'CONFLICT', path: 'input.email' });
  expect(await asked(user.id, 'nothing')).toEqual({ code: 'INVALID', path: 'input.email' });
  expect(await asked('usr_01arz3ndektsv4rrffq69g5fav', 'x@example.org')).toEqual({
    code: 'NOT_FOUND',
    path: 'input.userId',
  });
});
