import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../gateway/config.ts';
import { RemoteSubgraph } from '../../gateway/execution/remote.ts';
import { startGateway, type Gateway } from '../../gateway/server.ts';
import { serveSubgraph, type ServedSubgraph } from '../../platform/serving/http.ts';
import { refusal } from '../testkit/refusal.ts';
import { registrySupergraph } from '../testkit/registry.ts';
import { openWorld, type World } from '../testkit/world.ts';

const create =
  'mutation { organizationCreate(input: { displayName: "At once" }) { organization { id } membership { id } } }';
const memberships = '{ viewer { memberships { role } } }';
const log = pino({ level: 'silent' });

// No fact reaches either gateway: they learn of rights from the answers of mutations, or five seconds late.
let world: World;
const served: ServedSubgraph[] = [];
const remote: RemoteSubgraph[] = [];
let apart: Gateway;

beforeAll(async () => {
  world = await openWorld({ rightsNews: false });
  const routerSecret = randomUUID();
  for (const service of world.house.services) {
    const place = await serveSubgraph(service, { port: 0, host: '127.0.0.1', routerSecret, log });
    served.push(place);
    remote.push(new RemoteSubgraph({ name: service.name, url: place.url, routerSecret }));
  }
  apart = await startGateway({
    config: readConfig({ PORT: '0', CONSOLE_DIR: '/nonexistent' }, []),
    services: remote,
    supergraphSdl: registrySupergraph().sdl,
    log,
  });
});
afterAll(async () => {
  await apart?.close();
  await Promise.all(remote.map((each) => each.close()));
  await Promise.all(served.map((each) => each.close()));
  await world?.close();
});

describe('a change of rights applies to the request after its answer', () => {
  test('embedded: a founded organization is visible, and one that was left is not', async () => {
    const ann = await world.signUp();
    await ann.ask(memberships);
    const { organizationCreate } = await ann.ask(create);
    const actingFor = organizationCreate.organization.id as string;
    await ann.ask('{ serverTime }', {}, { actingFor });
    await ann.ask('mutation { sessionSignOut { signedOut } }');
    expect(await refusal(ann, memberships)).toEqual({ code: 'UNAUTHENTICATED' });
  });

  test('in separate processes as well', async () => {
    const ann = await world.signUp();
    const ask = async (query: string, headers: Record<string, string> = {}) => {
      const response = await fetch(`${apart.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${ann.accessToken}`, ...headers },
        body: JSON.stringify({ query }),
      });
      return (await response.json()) as { data: Record<string, never>; errors?: unknown; extensions?: unknown };
    };
    await ask(memberships);
    const { data, extensions } = await ask(create);
    expect(extensions).toBeUndefined();
    const { id } = (data as never as { organizationCreate: { organization: { id: string } } }).organizationCreate
      .organization;
    expect((await ask('{ serverTime }', { 'acting-for': id })).errors).toBeUndefined();
  });
});
