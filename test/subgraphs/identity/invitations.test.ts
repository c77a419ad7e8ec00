import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';
import { mailsTo, newestToken, tokenIn } from './letters.ts';

const send = `mutation ($input: InvitationSendInput!) {
  invitationSend(input: $input) { invitation { id email role status expiresAt createdAt organization { id } invitedBy { id } } }
}`;
const accept = `mutation ($input: InvitationAcceptInput!) {
  invitationAccept(input: $input) {
    invitation { id status email } membership { id role actor { id } organization { id displayName } }
  }
}`;
const revoke =
  'mutation ($input: InvitationRevokeInput!) { invitationRevoke(input: $input) { invitation { id status } } }';
const ofOrganization = `query ($id: ID!) { organization(id: $id) { id invitations { id email role status } } }`;
const ofMany = `query ($filter: OrganizationFilter) { organizations(filter: $filter) { nodes { id invitations { id } } } }`;
const mine =
  '{ viewer { id invitations { id role email status organization { displayName } invitedBy { displayName } } } }';
const request = 'mutation { emailConfirmationRequest { requested } }';
const confirm = 'mutation ($input: EmailConfirmInput!) { emailConfirm(input: $input) { user { id } } }';
const remove = 'mutation ($input: MembershipRemoveInput!) { membershipRemove(input: $input) { membership { id } } }';
const imports = `mutation ($input: AssetImportInput!) { assetImport(input: $input) { import { id liveCursor } } }`;
const progressed = `subscription ($after: String) { assetImportProgressed(after: $after) { cursor import { run } } }`;

let world: World;
let ann: Person;
let museum: string;
let stranger: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'] });
  ann = await world.signUp({
    isUnconfirmed: true,
    displayName: 'Ann',
    organization: 'Museum',
  });
  museum = ann.organizationId ?? '';
  stranger = await world.signUp({
    isUnconfirmed: true,
    displayName: 'Sam',
    organization: 'Elsewhere',
  });
});
afterAll(() => world.close());
afterEach(() => world.clock.reset());

let addresses = 0;
const newAddress = (): string => `guest${(addresses += 1)}@example.org`;

async function invite(email: string, role = 'EDITOR', by: Person = ann): Promise<string> {
  const { invitationSend } = await by.ask(send, { input: { organizationId: museum, email, role } });
  return invitationSend.invitation.id as string;
}

async function confirmed(person: Person): Promise<Person> {
  await person.ask(request);
  await world.anonymous.ask(confirm, { input: { token: await newestToken(world, person.email) } });
  return person;
}

describe('invitationSend', () => {
  test('sends a link to a person without an account, who signs up and joins with it', async () => {
    const email = newAddress();
    const input = { organizationId: museum, email: email.toUpperCase(), role: 'EDITOR' };
    const { invitationSend } = await ann.ask(send, { input });
    const { invitation } = invitationSend;
    expect(invitation).toMatchObject({
      email,
      role: 'EDITOR',
      status: 'OPEN',
      organization: { id: museum },
      invitedBy: { id: ann.id },
    });
    const days = (Date.parse(invitation.expiresAt) - Date.parse(invitation.createdAt)) / 86_400_000;
    expect(days).toBe(7);
    const [mail] = await mailsTo(world, email);
    expect(mail?.subject).toBe('Join Museum');
    expect(mail?.text).toContain('“Ann” invites you to join “Museum” as editor.');
    const guest = await world.signUp({ isUnconfirmed: true, email });
    const { invitationAccept } = await guest.ask(accept, {
      input: { token: tokenIn(mail) },
    });
    expect(invitationAccept).toEqual({
      invitation: { id: invitation.id, status: 'ACCEPTED', email: null },
      membership: {
        id: expect.stringMatching(/^mbr_/) as string,
        role: 'EDITOR',
        actor: { id: guest.id },
        organization: { id: museum, displayName: 'Museum' },
      },
    });
    await world.settled();
    const asset =
      'mutation ($id: ID!) { assetCreate(input: { title: "A", kind: ART, ownerId: $id }) { asset { id } } }';
    await guest.ask(asset, { id: museum });
    const facts = await world.facts({ key: guest.id });
    expect(facts.map(({ type }) => type)).toContain('identity.membership.granted');
    const told = (await world.facts({ key: invitation.id })).map(({ type }) => type);
    expect(told).toEqual(['identity.invitation.sent', 'identity.invitation.accepted']);
  });

  test('members invite at most to their own role, and editors and strangers not at all', async () => {
    const admin = await world.signUp({ isUnconfirmed: true });
    await world.grant(museum, admin, 'ADMIN');
    const editor = await world.signUp({ isUnconfirmed: true });
    await world.grant(museum, editor, 'EDITOR');
    const input = { organizationId: museum, email: newAddress(), role: 'OWNER' };
    expect(await refusal(admin, send, { input })).toEqual({ code: 'FORBIDDEN', path: 'input.role' });
    await admin.ask(send, { input: { ...input, role: 'ADMIN' } });
    for (const person of [editor, stranger])
      expect(await refusal(person, send, { input: { ...input, role: 'GUEST' } })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(world.anonymous, send, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    const elsewhere = await world.inUniverse('other').signUp({ organization: 'Other' });
    expect(await refusal(elsewhere, send, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.organizationId' });
    expect(await refusal(ann, send, { input: { ...input, email: 'nobody' } })).toEqual({
      code: 'INVALID',
      path: 'input.email',
    });
  });

  test('inviting again renews the same invitation, with a new link', async () => {
    const email = newAddress();
    const first = await invite(email, 'VIEWER');
    const second = await invite(email, 'EDITOR');
    expect(second).toBe(first);
    const mails = await mailsTo(world, email);
    const guest = await world.signUp({ isUnconfirmed: true });
    expect(await refusal(guest, accept, { input: { token: tokenIn(mails[0]) } })).toMatchObject({ code: 'EXPIRED' });
    const { invitationAccept } = await guest.ask(accept, { input: { token: tokenIn(mails[1]) } });
    expect(invitationAccept.membership.role).toBe('EDITOR');
  });

  test('takes a constant number of statements', async () => {
    await invite(newAddress());
    const input = { organizationId: museum, email: newAddress(), role: 'GUEST' };
    expect(await world.statements(() => ann.ask(send, { input }))).toHaveLength(8);
  });
});

describe('invitationAccept', () => {
  test('a person with a confirmed address finds the invitation and accepts it without the link', async () => {
    const bob = await world.signUp({ isUnconfirmed: true, displayName: 'Bob' });
    const id = await invite(bob.email, 'VIEWER');
    expect((await bob.ask(mine)).viewer.invitations).toEqual([]);
    expect(await refusal(bob, accept, { input: { invitationId: id } })).toEqual({
      code: 'NOT_FOUND',
      path: 'input.invitationId',
    });
    await confirmed(bob);
    expect((await bob.ask(mine)).viewer.invitations).toEqual([
      {
        id,
        role: 'VIEWER',
        email: null,
        status: 'OPEN',
        organization: { displayName: 'Museum' },
        invitedBy: { displayName: 'Ann' },
      },
    ]);
    const carl = await confirmed(await world.signUp({ isUnconfirmed: true }));
    expect(await refusal(carl, accept, { input: { invitationId: id } })).toMatchObject({ code: 'NOT_FOUND' });
    const { invitationAccept } = await bob.ask(accept, { input: { invitationId: id } });
    expect(invitationAccept.membership.role).toBe('VIEWER');
    expect((await bob.ask(mine)).viewer.invitations).toEqual([]);
  });

  test('a role that includes the new one is kept', async () => {
    const email = newAddress();
    const admin = await world.signUp({ isUnconfirmed: true });
    await world.grant(museum, admin, 'ADMIN');
    await invite(email, 'GUEST');
    const { invitationAccept } = await admin.ask(accept, { input: { token: await newestToken(world, email) } });
    expect(invitationAccept.membership.role).toBe('ADMIN');
  });

  test('expires after seven days, and when its sender may no longer invite', async () => {
    const late = newAddress();
    await invite(late);
    const token = await newestToken(world, late);
    const guest = await world.signUp({ isUnconfirmed: true });
    world.clock.turn(7 * 86_400_000 + 1000);
    expect(await refusal(guest, accept, { input: { token } })).toMatchObject({ code: 'EXPIRED' });
    world.clock.reset();
    const admin = await world.signUp({ isUnconfirmed: true });
    await world.grant(museum, admin, 'ADMIN');
    const email = newAddress();
    await invite(email, 'EDITOR', admin);
    await world.grant(museum, admin, 'VIEWER');
    const input = { token: await newestToken(world, email) };
    expect(await refusal(guest, accept, { input })).toEqual({ code: 'EXPIRED' });
  });

  test('requires exactly one of link and id', async () => {
    expect(await refusal(ann, accept, { input: {} })).toEqual({ code: 'INVALID', path: 'input' });
    expect(await refusal(world.anonymous, accept, { input: { token: 'elk_1' } })).toEqual({ code: 'UNAUTHENTICATED' });
  });
});

describe('invitationRevoke', () => {
  test('revokes the invitation and its link; repeating it changes nothing', async () => {
    const email = newAddress();
    const id = await invite(email);
    const token = await newestToken(world, email);
    const input = { invitationId: id };
    expect(await refusal(stranger, revoke, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.invitationId' });
    for (let n = 0; n < 2; n++)
      expect((await ann.ask(revoke, { input })).invitationRevoke.invitation).toEqual({ id, status: 'REVOKED' });
    const guest = await world.signUp({ isUnconfirmed: true });
    expect(await refusal(guest, accept, { input: { token } })).toMatchObject({
      code: 'EXPIRED',
    });
    const revoked = (await world.facts({ key: id })).filter(({ type }) => type.endsWith('revoked'));
    expect(revoked).toHaveLength(1);
  });

  test('an accepted one is a membership', async () => {
    const email = newAddress();
    const id = await invite(email);
    const guest = await world.signUp({ isUnconfirmed: true });
    await guest.ask(accept, {
      input: { token: await newestToken(world, email) },
    });
    expect(await refusal(ann, revoke, { input: { invitationId: id } })).toEqual({
      code: 'CONFLICT',
      path: 'input.invitationId',
    });
  });
});

describe('Organization.invitations', () => {
  test('shows open ones to admins only', async () => {
    const owner = await world.signUp({
      isUnconfirmed: true,
      organization: 'Small',
    });
    const id = owner.organizationId ?? '';
    const email = newAddress();
    await owner.ask(send, { input: { organizationId: id, email, role: 'GUEST' } });
    const { organization } = await owner.ask(ofOrganization, { id });
    expect(organization.invitations).toMatchObject([{ email, role: 'GUEST', status: 'OPEN' }]);
    const editor = await world.signUp({ isUnconfirmed: true });
    await world.grant(id, editor, 'EDITOR');
    for (const client of [editor, stranger, world.anonymous])
      expect((await client.ask(ofOrganization, { id })).organization.invitations).toBeNull();
    const other = world.inUniverse('other');
    expect((await other.anonymous.ask(ofOrganization, { id })).organization).toBeNull();
  });

  test('takes one statement for all organizations of a page', async () => {
    const operator = await world.operator();
    const count = async (filter: object) => (await world.statements(() => operator.ask(ofMany, { filter }))).length;
    expect(await count({})).toBe(await count({ displayName: { eq: 'Museum' } }));
  });
});

describe('an open stream', () => {
  const take = (run: string) =>
    ann.ask(imports, {
      input: {
        source: run,
        run,
        ownerId: museum,
        lines: [{ line: 1, sourceId: run, title: run, kind: 'ART' }],
      },
    });
  const runOf = (event: { assetImportProgressed: { import: { run: string } | null } }) =>
    event.assetImportProgressed.import?.run;

  test('notices a new membership at once, and continues without a gap', async () => {
    const email = newAddress();
    await invite(email);
    const token = await newestToken(world, email);
    const guest = await world.signUp({ isUnconfirmed: true });
    const { assetImport } = await take('before');
    await using live = await guest.subscribe(progressed, { after: assetImport.import.liveCursor });
    await take('unseen');
    await world.settled();
    expect(live.pending()).toEqual([]);
    await guest.ask(accept, { input: { token } });
    await take('seen');
    // The replay contains what the guest may see now, from the cursor on.
    const runs = [runOf(await live.next())];
    while (runs.at(-1) !== 'seen') runs.push(runOf(await live.next()));
    expect(runs.filter((run) => run === 'seen')).toEqual(['seen']);
  });

  test('that began without a cursor continues from its position', async () => {
    const email = newAddress();
    await invite(email);
    const token = await newestToken(world, email);
    const guest = await world.signUp({ isUnconfirmed: true });
    await using live = await guest.subscribe(progressed);
    await guest.ask(accept, { input: { token } });
    await take('first');
    await take('second');
    const runs = [runOf(await live.next())];
    while (runs.at(-1) !== 'second') runs.push(runOf(await live.next()));
    expect(runs).toContain('first');
    expect(runs.filter((run) => run === 'second')).toEqual(['second']);
  });

  test('gets nothing more once the membership has ended', async () => {
    const email = newAddress();
    await invite(email);
    const guest = await world.signUp({ isUnconfirmed: true });
    const { invitationAccept } = await guest.ask(accept, {
      input: { token: await newestToken(world, email) },
    });
    await world.settled();
    await using live = await guest.subscribe(progressed);
    await take('member');
    expect(runOf(await live.next())).toBe('member');
    await ann.ask(remove, { input: { membershipId: invitationAccept.membership.id } });
    await take('gone');
    await world.settled();
    expect(live.pending()).toEqual([]);
  });
});
