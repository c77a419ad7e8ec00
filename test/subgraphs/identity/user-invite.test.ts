import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';
import { mailsTo, newestToken } from './letters.ts';

const inviteUsers = `mutation ($input: UserInviteInput!) {
  userInvite(input: $input) {
    created unchanged
    lines { line created user { id displayName } }
    rejected { line field code message }
  }
}`;
const reset = 'mutation ($input: PasswordResetInput!) { passwordReset(input: $input) { accessToken viewer { id } } }';
const signIn = 'mutation ($input: SessionSignInInput!) { sessionSignIn(input: $input) { viewer { id } } }';
const onBehalf = 'mutation ($input: SessionActOnBehalfInput!) { sessionActOnBehalf(input: $input) { accessToken } }';
const create = 'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id owner { id } } } }';
const user = 'query ($id: ID!) { actor(id: $id) { id ... on User { emailConfirmed } } }';

let world: World;
let operator: Person;
let museum: string;
/** The operator's own organization. */
let house: string;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets', 'auction'] });
  operator = await world.operator();
  museum = (await world.signUp({ organization: 'Museum' })).organizationId ?? '';
  const { organizationCreate } = await operator.ask(
    'mutation { organizationCreate(input: { displayName: "House" }) { organization { id } } }',
  );
  house = organizationCreate.organization.id as string;
});
afterAll(() => world.close());

const people = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, n) => ({
    line: n + 1,
    email: `${prefix}${n}@example.org`,
    displayName: `${prefix} ${n}`,
  }));

describe('userInvite', () => {
  test('opens no more invitations of an organization than its list shows', async () => {
    const { organizationCreate } = await operator.ask(
      'mutation { organizationCreate(input: { displayName: "Crowd" }) { organization { id } } }',
    );
    const organizationId = organizationCreate.organization.id as string;
    const crowd = (name: string, count: number) => people(name, count).map((line) => ({ ...line, organizationId }));
    const first = { input: { sendMail: false, lines: crowd('crowd', 200) } };
    await operator.ask(inviteUsers, first);
    const more = { input: { sendMail: false, lines: crowd('more', 1) } };
    expect(await refusal(operator, inviteUsers, more)).toEqual({ code: 'CONFLICT', path: 'input.lines' });
    // Repeating the lines opens none.
    expect((await operator.ask(inviteUsers, first)).userInvite).toMatchObject({ created: 0, unchanged: 200 });
    expect(await world.database.query(`select 1 from identity.actors where email like 'more%'`)).toEqual([]);
  });

  test('creates accounts and invitations, and each person sets a password with a link', async () => {
    const lines = [
      { line: 1, email: 'Bea@Example.org', displayName: '  Bea  ', organizationId: house, role: 'EDITOR' },
      { line: 2, email: 'carl@example.org', displayName: 'Carl' },
    ];
    const { userInvite } = await operator.ask(inviteUsers, { input: { lines } });
    expect(userInvite).toMatchObject({ created: 2, unchanged: 0, rejected: [] });
    const [bea, carl] = userInvite.lines;
    expect([bea, carl]).toMatchObject([
      { line: 1, created: true, user: { displayName: 'Bea' } },
      { line: 2, created: true, user: { displayName: 'Carl' } },
    ]);
    const [mail] = await mailsTo(world, 'bea@example.org');
    expect(mail?.subject).toBe('An account was created for you');
    const password = 'correct horse battery';
    const wrong = { input: { email: 'bea@example.org', password } };
    expect(await refusal(world.anonymous, signIn, wrong)).toMatchObject({ code: 'UNAUTHENTICATED' });
    const input = { token: await newestToken(world, 'bea@example.org'), password };
    const { passwordReset } = await world.anonymous.ask(reset, { input });
    expect(passwordReset.viewer.id).toBe(bea.user.id);
    await world.anonymous.ask(signIn, { input: { email: 'BEA@example.org', password } });
    const herself = world.bearer(passwordReset.accessToken);
    expect((await herself.ask(user, { id: bea.user.id })).actor.emailConfirmed).toBe(true);
    const own = { input: { title: 'A', kind: 'ART', ownerId: house } };
    expect((await refusal(herself, create, own)).code).toBe('FORBIDDEN');
    const { viewer } = await herself.ask('{ viewer { invitations { id role organization { id } } } }');
    expect(viewer.invitations).toMatchObject([{ role: 'EDITOR', organization: { id: house } }]);
    await herself.ask('mutation ($id: ID!) { invitationAccept(input: { invitationId: $id }) { membership { id } } }', {
      id: viewer.invitations[0].id,
    });
    await herself.ask(create, own);
    const told = await world.facts({ key: bea.user.id });
    expect(told.slice(0, 1).map(({ type, actor }) => [type, actor])).toEqual([['identity.user.invited', operator.id]]);
    const granted = told.find(({ type }) => type === 'identity.membership.granted');
    expect(granted?.actor).toBe(bea.user.id);
  });

  test('repeating the lines changes and sends nothing; a missing invitation is added once', async () => {
    const lines = people('again', 3);
    await operator.ask(inviteUsers, { input: { lines } });
    const before = (await world.facts()).length;
    const { userInvite } = await operator.ask(inviteUsers, { input: { lines } });
    expect(userInvite).toMatchObject({ created: 0, unchanged: 3 });
    expect((await world.facts()).length).toBe(before);
    expect(await mailsTo(world, 'again0@example.org')).toHaveLength(1);
    const known = await world.signUp();
    const more = [
      { line: 1, email: 'again0@example.org', displayName: 'x', organizationId: house, role: 'VIEWER' },
      { line: 2, email: known.email, displayName: 'x', organizationId: house, role: 'VIEWER' },
    ];
    for (let n = 0; n < 2; n++) await operator.ask(inviteUsers, { input: { lines: more } });
    expect((await known.ask('{ viewer { invitations { role } memberships { id } } }')).viewer).toEqual({
      invitations: [{ role: 'VIEWER' }],
      memberships: [],
    });
    expect(await world.facts({ types: ['identity.membership.granted'], key: known.id })).toEqual([]);
  });

  test('operators add nobody to organizations of others', async () => {
    const lines = [{ line: 1, email: 'mole@example.org', displayName: 'Mole', organizationId: museum, role: 'EDITOR' }];
    const { userInvite } = await operator.ask(inviteUsers, { input: { lines } });
    expect(userInvite).toMatchObject({
      created: 0,
      rejected: [{ line: 1, field: 'organizationId', code: 'forbidden' }],
    });
  });

  test('invalid lines are reported by number, and the others are processed', async () => {
    const lines = [
      { line: 10, email: 'nobody', displayName: 'No' },
      { line: 11, email: 'good@example.org', displayName: 'Good' },
      { line: 12, email: 'GOOD@example.org', displayName: 'Twice' },
      { line: 13, email: 'blank@example.org', displayName: '   ' },
      { line: 14, displayName: 'Without' },
      { line: 15, email: 'far@example.org', displayName: 'Far', organizationId: 'org_01h455vb4pex5vsknk084sn02q' },
      { line: 16, email: 'odd@example.org', displayName: 'Odd', organizationId: operator.id },
      { line: 17, email: 'nul@example.org', displayName: 'N\u0000' },
    ];
    const { userInvite } = await operator.ask(inviteUsers, { input: { lines } });
    expect(userInvite.lines.map(({ line }: { line: number }) => line)).toEqual([11]);
    const faults = userInvite.rejected.map((each: { line: number; field: string }) => [each.line, each.field]);
    expect(faults).toEqual([
      [10, 'email'],
      [12, 'email'],
      [13, 'displayName'],
      [14, 'email'],
      [15, 'organizationId'],
      [16, 'organizationId'],
      [17, 'displayName'],
    ]);
  });

  test('takes as many statements for many lines as for one, and at most 500 lines', async () => {
    const count = async (lines: object[]) => {
      const input = { lines, sendMail: false };
      return (await world.statements(() => operator.ask(inviteUsers, { input }))).length;
    };
    const withOrganization = (lines: object[]) => lines.map((line) => ({ ...line, organizationId: house }));
    expect(await count(withOrganization(people('many', 40)))).toBe(await count(withOrganization(people('one', 1))));
    expect(await mailsTo(world, 'many0@example.org')).toEqual([]);
    const tooMany = { input: { lines: people('more', 501), sendMail: false } };
    expect(await refusal(operator, inviteUsers, tooMany)).toEqual({ code: 'INVALID', path: 'input.lines' });
  });

  test('is for operators alone, and stays in its universe', async () => {
    const input = { lines: people('never', 1) };
    const admin = await world.signUp({ organization: 'Own' });
    expect(await refusal(admin, inviteUsers, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(world.anonymous, inviteUsers, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    const other = world.inUniverse('other');
    const [line] = people('elsewhere', 1);
    const lines = [{ ...line, organizationId: museum }];
    const { userInvite } = await (await other.operator()).ask(inviteUsers, { input: { lines } });
    expect(userInvite.rejected).toMatchObject([{ line: 1, field: 'organizationId', code: 'not_found' }]);
  });

  test('an operator acts on behalf of people who never had a password, as in a replay of past events', async () => {
    const input = { lines: people('bidder', 3), sendMail: false };
    const { userInvite } = await operator.ask(inviteUsers, { input });
    const owners: string[] = [];
    for (const { user: bidder } of userInvite.lines) {
      const { sessionActOnBehalf } = await operator.ask(onBehalf, {
        input: { actorId: bidder.id, reason: 'replay of the auctions of 2019' },
      });
      const { assetCreate } = await world
        .bearer(sessionActOnBehalf.accessToken)
        .ask(create, { input: { title: 'Lot', kind: 'ART' } });
      owners.push(assetCreate.asset.owner.id);
      const [fact] = (await world.facts({ key: assetCreate.asset.id })).slice(-1);
      expect([fact?.actor, fact?.onBehalfOf]).toEqual([operator.id, bidder.id]);
    }
    expect(owners).toEqual(userInvite.lines.map((each: { user: { id: string } }) => each.user.id));
  });
});
