import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

let world: World;
let operator: Person;
let ann: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['identity'] });
  operator = await world.operator();
  ann = await world.signUp({ organization: 'Museum' });
});
afterAll(() => world.close());

const half = ['\ud800@example.org', 'a@\ud800.org', 'a@example.org\udc00'];

test.each(half)('%j is not accepted as an e-mail address anywhere', async (email) => {
  const asked = (
    client: { askForErrors: Person['askForErrors'] },
    root: string,
    type: string,
    select: string,
    more = {},
  ) =>
    refusal(client as Person, `mutation ($input: ${type}!) { ${root}(input: $input) { ${select} } }`, {
      input: { email, ...more },
    });
  const invalid = { code: 'INVALID', path: 'input.email' };
  const { anonymous } = world;
  expect(await asked(anonymous, 'userSignUp', 'UserSignUpInput', 'requested')).toEqual(invalid);
  expect(await asked(anonymous, 'passwordResetRequest', 'PasswordResetRequestInput', 'requested')).toEqual(invalid);
  const { password, organizationId } = ann;
  expect(
    await asked(ann, 'emailChange', 'EmailChangeInput', 'requested', {
      password,
    }),
  ).toEqual(invalid);
  const guest = { organizationId, role: 'GUEST' };
  expect(await asked(ann, 'invitationSend', 'InvitationSendInput', '__typename', guest)).toEqual(invalid);
  const made = { displayName: 'A', password };
  expect(await asked(operator, 'userCreate', 'UserCreateInput', '__typename', made)).toEqual(invalid);
  expect(await asked(anonymous, 'sessionSignIn', 'SessionSignInInput', '__typename', { password })).toEqual(invalid);
});
