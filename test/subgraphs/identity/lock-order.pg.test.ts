import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

const roleSet = 'mutation ($input: PlatformRoleSetInput!) { platformRoleSet(input: $input) { actor { id } } }';
const userClose = 'mutation { userClose(input: {}) { user { id } } }';
const organizationClose =
  'mutation ($id: ID!) { organizationClose(input: { organizationId: $id }) { organization { id } } }';
const remove = 'mutation ($id: ID!) { membershipRemove(input: { membershipId: $id }) { membership { id } } }';
const invite = 'mutation ($input: InvitationSendInput!) { invitationSend(input: $input) { invitation { id } } }';
const accept = 'mutation ($id: ID!) { invitationAccept(input: { invitationId: $id }) { membership { id } } }';
const agentCreate =
  'mutation ($ownerId: ID) { agentCreate(input: { displayName: "A", ownerId: $ownerId }) { agent { id } } }';
const keyCreate = 'mutation ($id: ID!) { actorKeyCreate(input: { actorId: $id, name: "k" }) { actorKey { id } } }';
const keyRevoke = 'mutation ($id: ID!) { actorKeyRevoke(input: { actorKeyId: $id }) { actorKey { id } } }';

let world: World;
beforeAll(async () => {
  world = await openWorld({ oses: ['identity'], database: 'postgres' });
});
afterAll(() => world.close());

/**
 * Holds the row of an actor, makes a call that must wait for it, and returns which of the rows that come later in the order of locks
 * are still free. A transaction that waits and holds no later row cannot deadlock.
 */
async function freeWhileWaiting(
  held: string,
  call: () => Promise<unknown>,
  later: Record<string, readonly string[]>,
): Promise<string[]> {
  const client = await world.database.pool.connect();
  try {
    await client.query('begin');
    await client.query('select 1 from identity.actors where id = $1 for update', [held]);
    const answer = call();
    await vi.waitFor(async () => {
      const waiting = await world.database.query(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      expect(waiting).toHaveLength(1);
    });
    const free: string[] = [];
    for (const [table, ids] of Object.entries(later)) {
      const { rows } = await client.query<{ id: string }>(
        `select id from identity.${table} where id = any($1) order by id for update skip locked`,
        [ids],
      );
      free.push(...rows.map(({ id }) => id));
    }
    await client.query('rollback');
    await answer;
    return free;
  } finally {
    await client.query('rollback');
    client.release();
  }
}

async function idOf(person: Person, mutation: string, variables: Record<string, unknown> = {}): Promise<string> {
  const data = await person.ask(mutation, variables);
  const [payload] = Object.values(data) as Record<string, { id: string }>[];
  return Object.values(payload ?? {})[0]?.id ?? '';
}

async function operators(count: number): Promise<Person[]> {
  await world.database.query(`update identity.actors set platform_roles = '{}'`);
  const people: Person[] = [];
  while (people.length < count) people.push(await world.signUp());
  people.sort((a, b) => (a.id < b.id ? -1 : 1));
  await world.database.query(`update identity.actors set platform_roles = '{OPERATOR}' where id = any($1)`, [
    people.map(({ id }) => id),
  ]);
  for (const { id } of people) world.gateway.dropActor(id);
  return people;
}

describe('rows are locked in one order: organizations, people, agents and services, then what belongs to them', () => {
  test('userClose of an operator waits for earlier operators and holds no later ones, including itself', async () => {
    const [first, second, third] = (await operators(3)) as [Person, Person, Person];
    const agent = await idOf(second, agentCreate);
    const later = { actors: [second.id, third.id, agent] };
    expect((await freeWhileWaiting(first.id, () => second.answer(userClose), later)).sort()).toEqual(
      later.actors.toSorted(),
    );
  });

  test('userClose waits for the organizations of the person first', async () => {
    const ann = await world.signUp({ organization: 'Pair' });
    const bob = await world.signUp();
    await world.grant(ann.organizationId ?? '', bob, 'OWNER');
    const later = { actors: [ann.id] };
    expect(await freeWhileWaiting(ann.organizationId ?? '', () => ann.answer(userClose), later)).toEqual([ann.id]);
  });

  test('platformRoleSet locks people before agents that are operators', async () => {
    const [first, second] = (await operators(2)) as [Person, Person];
    const agent = await idOf(first, agentCreate);
    await world.database.query(`update identity.actors set platform_roles = '{OPERATOR}' where id = $1`, [agent]);
    const call = () => first.answer(roleSet, { input: { actorId: second.id, roles: ['OPERATOR', 'AUDITOR'] } });
    expect(await freeWhileWaiting(second.id, call, { actors: [agent] })).toEqual([agent]);
  });

  test('simultaneous userClose and platformRoleSet are serialized', async () => {
    const [first, middle, last] = (await operators(3)) as [Person, Person, Person];
    const client = await world.database.pool.connect();
    await client.query('begin');
    await client.query('select 1 from identity.actors where id = $1 for update', [middle.id]);
    const waiting = async (count: number) =>
      vi.waitFor(async () => {
        const rows = await world.database.query(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        expect(rows).toHaveLength(count);
      });
    // It holds the first and waits for the second of three; the last, who closes the account, must not hold the next one.
    const set = first.answer(roleSet, { input: { actorId: middle.id, roles: ['OPERATOR', 'AUDITOR'] } });
    await waiting(1);
    const close = last.answer(userClose);
    await waiting(2);
    const free = await client.query('select id from identity.actors where id = $1 for update skip locked', [last.id]);
    expect(free.rows).toEqual([{ id: last.id }]);
    await client.query('rollback');
    client.release();
    expect([...(await set).errors, ...(await close).errors]).toEqual([]);
  });

  test('organizationClose locks its members before its services', async () => {
    const ann = await world.signUp({ organization: 'Closing' });
    const bob = await world.signUp();
    await world.grant(ann.organizationId ?? '', bob, 'VIEWER');
    const agent = await idOf(ann, agentCreate, { ownerId: ann.organizationId });
    const call = () => ann.answer(organizationClose, { id: ann.organizationId });
    expect(await freeWhileWaiting(bob.id, call, { actors: [agent] })).toEqual([agent]);
  });

  test('invitationAccept locks the organization before the person', async () => {
    const ann = await world.signUp({ organization: 'Inviting' });
    const bob = await world.signUp();
    const input = { organizationId: ann.organizationId, actorId: bob.id, role: 'VIEWER' };
    const id = await idOf(ann, invite, { input });
    const later = { actors: [bob.id], invitations: [id] };
    const free = await freeWhileWaiting(ann.organizationId ?? '', () => bob.answer(accept, { id }), later);
    expect(free).toEqual([bob.id, id]);
  });

  test('membershipRemove locks the member before the membership', async () => {
    const ann = await world.signUp({ organization: 'Leaving' });
    const bob = await world.signUp();
    await world.grant(ann.organizationId ?? '', bob, 'VIEWER');
    const { viewer } = await bob.ask('{ viewer { memberships { id } } }');
    const id = viewer.memberships[0].id as string;
    const call = () => ann.answer(remove, { id });
    expect(await freeWhileWaiting(bob.id, call, { memberships: [id] })).toEqual([id]);
  });

  test('actorKeyRevoke locks the agent before the key', async () => {
    const ann = await world.signUp();
    const agent = await idOf(ann, agentCreate);
    const id = await idOf(ann, keyCreate, { id: agent });
    expect(await freeWhileWaiting(agent, () => ann.answer(keyRevoke, { id }), { actor_keys: [id] })).toEqual([id]);
  });
});
