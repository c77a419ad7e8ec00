import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Mail } from '../../../platform/mail/mail.ts';
import { openHouse } from '../../../platform/house/house.ts';
import { createLog } from '../../../platform/telemetry/log.ts';
import { identity } from '../../../subgraphs/identity/subgraph.ts';
import { openWorld, type World } from '../../testkit/world.ts';
import { newestToken } from './letters.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({ oses: ['identity'], database: 'postgres' });
});
afterAll(() => world.close());

async function codesOf(calls: Promise<{ errors: { extensions: { code: string } }[] }>[]): Promise<string[]> {
  return (await Promise.all(calls)).map(({ errors }) => errors[0]?.extensions.code ?? 'OK').sort();
}

const resetRequest =
  'mutation ($input: PasswordResetRequestInput!) { passwordResetRequest(input: $input) { requested } }';

test('a link used three times at once works once', async () => {
  const ann = await world.signUp();
  await world.anonymous.ask(resetRequest, { input: { email: ann.email } });
  const token = await newestToken(world, ann.email);
  const reset = 'mutation ($input: PasswordResetInput!) { passwordReset(input: $input) { viewer { id } } }';
  const input = { token, password: 'another horse battery' };
  const codes = await codesOf([1, 2, 3].map(() => world.anonymous.answer(reset, { input })));
  expect(codes).toEqual(['EXPIRED', 'EXPIRED', 'OK']);
});

test('an address is limited even with simultaneous requests', async () => {
  const input = { email: 'everybody@example.org' };
  const codes = await codesOf(Array.from({ length: 8 }, () => world.anonymous.answer(resetRequest, { input })));
  expect(codes).toEqual([...Array<string>(5).fill('OK'), ...Array<string>(3).fill('TOO_MANY')]);
});

test('an invitation sent three times at once is one, and accepted twice at once makes one member', async () => {
  const owner = await world.signUp({ organization: 'Museum' });
  const guest = await world.signUp();
  const send = 'mutation ($input: InvitationSendInput!) { invitationSend(input: $input) { invitation { id } } }';
  const input = { organizationId: owner.organizationId, email: guest.email, role: 'EDITOR' };
  const sent = await Promise.all([1, 2, 3].map(() => owner.ask(send, { input })));
  expect(new Set(sent.map(({ invitationSend }) => invitationSend.invitation.id)).size).toBe(1);
  const token = await newestToken(world, guest.email);
  const accept = 'mutation ($input: InvitationAcceptInput!) { invitationAccept(input: $input) { membership { id } } }';
  const accepted = await Promise.all([1, 2].map(() => guest.ask(accept, { input: { token } })));
  expect(new Set(accepted.map(({ invitationAccept }) => invitationAccept.membership.id)).size).toBe(1);
  const [count] = await world.database.query<{ n: number }>(
    'select count(*)::int as n from identity.memberships where organization_id = $1',
    [owner.organizationId],
  );
  expect(count).toEqual({ n: 2 });
  const facts = await world.facts({ types: ['identity.membership.granted'], key: guest.id });
  expect(facts).toHaveLength(1);
  const other = await world.signUp();
  expect(await codesOf([other.answer(accept, { input: { token } })])).toEqual(['EXPIRED']);
});

test('the same people invited twice at once are created once', async () => {
  const operator = await world.operator();
  const invite = 'mutation ($input: UserInviteInput!) { userInvite(input: $input) { created } }';
  const lines = Array.from({ length: 20 }, (_, n) => ({
    line: n + 1,
    email: `twice${n}@example.org`,
    displayName: 'Twice',
  }));
  const answers = await Promise.all([1, 2].map(() => operator.ask(invite, { input: { lines, sendMail: false } })));
  expect(new Set(answers.map(({ userInvite }) => userInvite.created))).toEqual(new Set([0, 20]));
});

test('a mail is sent by one of two processes', async () => {
  const others: Mail[] = [];
  const other = await openHouse({
    subgraphs: [identity],
    database: world.database,
    secrets: { sealingKey: new Uint8Array(32).fill(7) },
    log: createLog({ level: 'silent' }),
    clock: world.clock,
    migrate: false,
    mail: {
      mailer: { send: async (mail) => Promise.resolve(void others.push(mail)), close: () => Promise.resolve() },
      publicUrl: () => 'https://quillhaven.example',
    },
  });
  try {
    const operator = await world.operator();
    const invite = 'mutation ($input: UserInviteInput!) { userInvite(input: $input) { created } }';
    const lines = Array.from({ length: 30 }, (_, n) => ({
      line: n + 1,
      email: `either${n}@example.org`,
      displayName: 'Either',
    }));
    await operator.ask(invite, { input: { lines } });
    await Promise.all([world.settled(), other.settled()]);
    const sent = [...world.mails, ...others].filter(({ to }) => to.startsWith('either'));
    expect(new Set(sent.map(({ to }) => to)).size).toBe(30);
    expect(sent).toHaveLength(30);
  } finally {
    await other.close();
  }
});
