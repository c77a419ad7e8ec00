import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createLog } from '../../../platform/telemetry/log.ts';
import { smtpMailer } from '../../../platform/mail/smtp.ts';
import type { Mailer } from '../../../platform/mail/mail.ts';
import { openHouse } from '../../../platform/house/house.ts';
import { identity } from '../../../subgraphs/identity/subgraph.ts';
import { refusal } from '../../testkit/refusal.ts';
import { openSmtpInbox, type SmtpInbox } from '../../testkit/smtp.ts';
import { openWorld, type World } from '../../testkit/world.ts';

const request = 'mutation { emailConfirmationRequest { requested } }';
const confirm = 'mutation ($input: EmailConfirmInput!) { emailConfirm(input: $input) { user { id } } }';
const list = `query ($filter: AccountMailFilter, $first: Int) {
  accountMails(filter: $filter, first: $first) {
    totalCount
    nodes { id template status recipient attempts lastError nextAttemptAt expiresAt sentAt createdAt }
  }
}`;

let inbox: SmtpInbox;
let world: World;
/** The mail server of the world: one on this machine, unless a test changes it. */
let mailer: Mailer;
beforeAll(async () => {
  inbox = await openSmtpInbox();
  const smtp = smtpMailer(inbox.url, 'Quillhaven <post@quillhaven.example>');
  mailer = smtp;
  world = await openWorld({
    oses: ['identity'],
    mailer: { send: (mail) => mailer.send(mail), close: () => smtp.close() },
  });
});
afterAll(async () => {
  await world.close();
  await inbox.close();
});
afterEach(() => {
  world.clock.reset();
  for (const stage of ['rcpt', 'data'] as const) inbox.answer(stage, () => null);
});

/** The mails that the server accepted for an address, without the soft line breaks of quoted-printable. */
const takenFor = (address: string): string[] =>
  inbox.taken
    .filter(({ to }) => to.includes(address))
    .map(({ raw }) => raw.replaceAll('=\r\n', '').replaceAll('=3D', '='));

async function mailOf(address: string) {
  const operator = await world.operator();
  const { accountMails } = await operator.ask(list, { first: 100 });
  const nodes = accountMails.nodes as Record<string, unknown>[];
  return nodes.filter(({ recipient }) => recipient === address);
}

test('a mail leaves by SMTP after the commit, with a link that works, and is noted as sent', async () => {
  const ann = await world.signUp({ isUnconfirmed: true });
  await ann.ask(request);
  await world.settled();
  const [raw] = takenFor(ann.email);
  const [mail] = await mailOf(ann.email);
  expect(mail).toMatchObject({ template: 'EMAIL_CONFIRMATION', status: 'SENT', attempts: 1, lastError: null });
  expect(mail).toMatchObject({ nextAttemptAt: null, sentAt: expect.any(String) as string });
  expect(raw).toContain(`Message-ID: <${String(mail?.['id'])}@quillhaven.example>`);
  const token = /#token=(elk_[\w-]{43})/.exec(raw ?? '')?.[1];
  await world.anonymous.ask(confirm, { input: { token } });
  const told = await world.facts({ key: String(mail?.['id']) });
  expect(told.map(({ type, actor, onBehalfOf }) => [type, actor, onBehalfOf])).toEqual([
    ['identity.accountMail.sent', 'svc_identity', ann.id],
  ]);
});

test('a mail that the server refuses temporarily is sent later, as the same message with the same link', async () => {
  const ann = await world.signUp({ isUnconfirmed: true });
  inbox.answer('data', (count) => (count < 2 ? 451 : null));
  await ann.ask(request);
  await world.settled();
  expect(await mailOf(ann.email)).toMatchObject([
    { status: 'WAITING', attempts: 1, lastError: expect.stringContaining('451') as string },
  ]);
  await world.settled();
  expect(await mailOf(ann.email)).toMatchObject([{ attempts: 1 }]);
  world.clock.turn(11_000);
  await world.settled();
  expect(await mailOf(ann.email)).toMatchObject([{ status: 'WAITING', attempts: 2 }]);
  world.clock.turn(61_000);
  await world.settled();
  expect(await mailOf(ann.email)).toMatchObject([{ status: 'SENT', attempts: 3, lastError: null }]);
  expect(takenFor(ann.email)).toHaveLength(1);
});

test('a mail that cannot be delivered is visible to operators only, published as a fact and logged', async () => {
  const ann = await world.signUp({ isUnconfirmed: true });
  inbox.answer('rcpt', () => 550);
  await ann.ask(request);
  await world.settled();
  const operator = await world.operator();
  const { accountMails } = await operator.ask(list, { filter: { status: { eq: 'FAILED' } } });
  expect(accountMails).toMatchObject({
    totalCount: 1,
    nodes: [{ recipient: ann.email, attempts: 1, nextAttemptAt: null, sentAt: null }],
  });
  expect(accountMails.nodes[0].lastError).toContain('550');
  const [fact] = await world.facts({ types: ['identity.accountMail.failed'] });
  expect(fact?.payload).toEqual({
    accountMailId: accountMails.nodes[0].id,
    template: 'EMAIL_CONFIRMATION',
    attempts: 1,
  });
  const logged = world.log.filter(({ msg }) => msg === 'a mail could not be delivered');
  expect(logged).toMatchObject([{ accountMailId: accountMails.nodes[0].id }]);
  expect(JSON.stringify(logged)).not.toContain(ann.email);
  expect(await refusal(ann, list)).toEqual({ code: 'FORBIDDEN' });
  expect(await refusal(world.anonymous, list)).toEqual({ code: 'UNAUTHENTICATED' });
  const elsewhere = await world.inUniverse('other').operator();
  expect((await elsewhere.ask(list)).accountMails).toEqual({ totalCount: 0, nodes: [] });
  const rows = await world.database.query(`select sealed_token from identity.account_mails where status <> 'WAITING'`);
  expect(rows.every((row) => row['sealed_token'] === null)).toBe(true);
});

test('eight attempts within four hours are the most', async () => {
  const ann = await world.signUp({ isUnconfirmed: true });
  mailer = {
    ...mailer,
    send: () => Promise.reject(new Error('no route to host')),
  };
  await ann.ask(request);
  for (let n = 0; n < 10; n++) {
    await world.settled();
    world.clock.turn(7_300_000);
  }
  mailer = smtpMailer(inbox.url, 'Quillhaven <post@quillhaven.example>');
  expect(await mailOf(ann.email)).toMatchObject([{ status: 'FAILED', attempts: 8, lastError: 'no route to host' }]);
});

test('a mail whose process died is sent by the next one', async () => {
  const ann = await world.signUp({ isUnconfirmed: true });
  const before = mailer;
  let reached = (): void => {};
  const tried = new Promise<void>((resolve) => (reached = resolve));
  let fail = (_error: Error): void => {};
  mailer = {
    ...before,
    send: () =>
      new Promise((_resolve, reject) => {
        fail = reject;
        reached();
      }),
  };
  await ann.ask(request);
  await tried;
  // The first process hangs in the middle. Five minutes later another one takes over the mail.
  world.clock.turn(301_000);
  const next = await openHouse({
    subgraphs: [identity],
    database: world.database,
    secrets: { sealingKey: new Uint8Array(32).fill(7) },
    log: createLog({ level: 'silent' }),
    clock: world.clock,
    migrate: false,
    mail: { mailer: smtpMailer(inbox.url, 'post@quillhaven.example'), publicUrl: () => 'https://quillhaven.example' },
  });
  await next.settled();
  await next.close();
  expect(takenFor(ann.email)).toHaveLength(1);
  fail(new Error('the first process gives up'));
  mailer = before;
  await world.settled();
  expect(await mailOf(ann.email)).toMatchObject([{ status: 'SENT', attempts: 2 }]);
  expect(takenFor(ann.email)).toHaveLength(1);
});

test('lists take as many statements for one mail as for many', async () => {
  const operator = await world.operator();
  const count = async (first: number) =>
    (
      await world.statements(() =>
        operator.ask('query ($n: Int) { accountMails(first: $n) { nodes { id } } }', { n: first }),
      )
    ).length;
  expect(await count(50)).toBe(await count(1));
});

test('a mail that could not be sent in time is not sent later', async () => {
  const ann = await world.signUp({ isUnconfirmed: true });
  mailer = {
    ...mailer,
    send: () => Promise.reject(new Error('no route to host')),
  };
  await ann.ask(request);
  await world.settled();
  mailer = smtpMailer(inbox.url, 'Quillhaven <post@quillhaven.example>');
  world.clock.turn(25 * 3_600_000);
  await world.settled();
  expect(await mailOf(ann.email)).toMatchObject([
    { status: 'FAILED', lastError: 'the mail expired before it could be sent' },
  ]);
  expect(takenFor(ann.email)).toEqual([]);
});

test('expired rows are deleted after a month, and sessions a month after their end', async () => {
  const [before] = await world.database.query<{ n: number }>('select count(*)::int as n from identity.account_mails');
  expect(before?.n).toBeGreaterThan(0);
  const rows = async (table: string) => (await world.database.query(`select 1 from identity.${table}`)).length;
  const signedIn = await rows('sessions');
  world.clock.turn(31 * 86_400_000);
  await world.house.sweep();
  expect(await rows('sessions')).toBe(signedIn);
  world.clock.turn(90 * 86_400_000);
  await world.house.sweep();
  for (const table of ['account_mails', 'one_time_links', 'request_allowances', 'refresh_tokens', 'sessions'])
    expect(await world.database.query(`select 1 from identity.${table}`), table).toEqual([]);
});
