import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorld, type World } from '../../testkit/world.ts';

const signIn = 'mutation ($input: SessionSignInInput!) { sessionSignIn(input: $input) { viewer { id } } }';

let world: World;
beforeAll(async () => {
  world = await openWorld({ oses: ['identity'] });
});
afterAll(() => world.close());

test('a password is the same in all Unicode forms and spaces, and its hash is not rewritten', async () => {
  // Set with letters of both forms, which is neither NFC nor NFD.
  const mixed = `${'é'.normalize('NFC')}${'é'.normalize('NFD')} correct horse`;
  const ann = await world.signUp({ password: mixed });
  const stored = () => world.database.query('select password_hash from identity.credentials where id = $1', [ann.id]);
  const before = await stored();
  for (const password of [mixed, mixed.normalize('NFC'), mixed.normalize('NFD'), mixed.replaceAll(' ', '\u00A0')]) {
    const { sessionSignIn } = await world.anonymous.ask(signIn, { input: { email: ann.email, password } });
    expect(sessionSignIn.viewer.id).toBe(ann.id);
  }
  expect(await stored()).toEqual(before);
});
