import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';

const asset = 'mutation { assetCreate(input: { title: "A", kind: ART }) { asset { id } } }';
const update = 'mutation ($biography: String!) { actorUpdate(input: { biography: $biography }) { actor { id } } }';
const revoke = 'mutation ($id: ID!) { actorKeyRevoke(input: { actorKeyId: $id }) { actorKey { id } } }';

// No fact reaches the gateway: it learns of rights from the answers of mutations, or five seconds late.
let world: World;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'], database: 'postgres', rightsNews: false });
});
afterAll(() => world.close());

interface Hand {
  agentId: string;
  keyId: string;
  acting: Client;
}

/** An agent or service with a key that was just used, so that the gateway has its rights cached. */
async function hand(owner: Person, kind: 'agent' | 'service' = 'agent'): Promise<Hand> {
  const made = await (kind === 'agent'
    ? owner.ask('mutation { agentCreate(input: { displayName: "Hand" }) { agent { id } } }')
    : owner.ask(
        'mutation ($id: ID!) { serviceCreate(input: { displayName: "Hand", organizationId: $id }) { service { id } } }',
        { id: owner.organizationId },
      ));
  const agentId = (made.agentCreate?.agent ?? made.serviceCreate.service).id as string;
  const { actorKeyCreate } = await owner.ask(
    'mutation ($id: ID!) { actorKeyCreate(input: { actorId: $id, name: "k" }) { key actorKey { id } } }',
    { id: agentId },
  );
  const acting = world.bearer(actorKeyCreate.key as string);
  await acting.ask(asset);
  return { agentId, keyId: actorKeyCreate.actorKey.id as string, acting };
}

const ends: Record<string, { kind?: 'service'; end: (owner: Person, hand: Hand) => Promise<unknown> }> = {
  actorKeyRevoke: { end: (owner, { keyId }) => owner.ask(revoke, { id: keyId }) },
  agentClose: {
    end: (owner, { agentId }) =>
      owner.ask('mutation ($id: ID!) { agentClose(input: { agentId: $id }) { agent { id } } }', { id: agentId }),
  },
  passwordChange: {
    end: (owner) =>
      owner.ask('mutation ($input: PasswordChangeInput!) { passwordChange(input: $input) { revokedCount } }', {
        input: { currentPassword: owner.password, password: 'another horse battery' },
      }),
  },
  userClose: { end: (owner) => owner.ask('mutation { userClose(input: {}) { user { id } } }') },
  organizationClose: {
    kind: 'service',
    end: (owner) =>
      owner.ask('mutation ($id: ID!) { organizationClose(input: { organizationId: $id }) { organization { id } } }', {
        id: owner.organizationId,
      }),
  },
};

describe('the rights of a key end with the answer that ends them', () => {
  test.each(Object.keys(ends))(
    '%s: no request with the key is admitted afterwards, and nothing is written',
    async (name) => {
      const { kind, end } = ends[name]!;
      const owner = await world.signUp(kind ? { organization: 'House' } : {});
      const made = await hand(owner, kind);
      await end(owner, made);
      const written = () => world.database.query('select 1 from assets.assets');
      const before = await written();
      expect((await refusal(made.acting, asset)).code).toBe('UNAUTHENTICATED');
      expect(await written()).toHaveLength(before.length);
    },
  );

  test('a request that was admitted before runs to its end, and is the last', async () => {
    const owner = await world.signUp();
    const { keyId, acting } = await hand(owner);
    const client = await world.database.pool.connect();
    try {
      await client.query('begin');
      await client.query('select 1 from identity.actors where id = $1 for update', [owner.id]);
      const admitted = acting.answer(update, { biography: 'Admitted' });
      await vi.waitFor(async () => {
        const waiting = await world.database.query(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        expect(waiting).toHaveLength(1);
      });
      await owner.ask(revoke, { id: keyId });
      await client.query('rollback');
      expect((await admitted).errors).toEqual([]);
      expect((await refusal(acting, update, { biography: 'Late' })).code).toBe('UNAUTHENTICATED');
    } finally {
      await client.query('rollback');
      client.release();
    }
  });
});
