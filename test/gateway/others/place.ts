import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, type OperationDefinitionNode } from 'graphql';
import { routerKeysOf } from '../../../platform/access/router.ts';
import { houseActor, routerActorId } from '../../../platform/context/actor.ts';
import { hashingEmbedder } from '../../../platform/embeddings/hashing.ts';
import { prefixOf } from '../../../platform/ids/ids.ts';
import { bearerVerifier } from '../../../platform/serving/bearer.ts';
import { serveSubgraph, type ServedSubgraph } from '../../../platform/serving/http.ts';
import { createLog } from '../../../platform/telemetry/log.ts';
import { examplesOf } from '../../../schema/contracts.ts';
import { subgraphs } from '../../../subgraphs/index.ts';
import { composed } from '../../testkit/composed.ts';
import { openSale, placeBids } from '../../testkit/sale.ts';
import { removeFolder, throwawayFolder } from '../../testkit/throwaway.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';

const routerSecret = 'a router secret of thirty-two characters';

/** A world whose OSes are also served to other routers, as `npm run serve -- all` does. */
export interface ServedWorld extends AsyncDisposable {
  readonly world: World;
  /** Somebody who sells, owns drafts and has an organization. */
  readonly person: Person;
  /** The file of the supergraph, with the addresses of the OSes. */
  readonly supergraph: string;
  /** The credential of a router for each OS. */
  readonly credentials: Readonly<Record<string, string>>;
  readonly folder: string;
}

export async function serveWorld(): Promise<ServedWorld> {
  const world = await openWorld({ embedder: hashingEmbedder() });
  const folder = throwawayFolder('others');
  const served: ServedSubgraph[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(served.map((each) => each.close()));
    await world.close();
    removeFolder(folder);
  };
  try {
    const identity = world.house.services.find(({ name }) => name === 'identity')!;
    const verifyBearer = bearerVerifier(identity, houseActor(routerActorId));
    const log = createLog({ level: 'silent' });
    let { sdl } = composed(subgraphs);
    const credentials: Record<string, string> = {};
    for (const service of world.house.services) {
      const one = await serveSubgraph(service, { port: 0, host: '127.0.0.1', routerSecret, verifyBearer, log });
      served.push(one);
      sdl = sdl.replace(`"http://${service.name}/graphql"`, JSON.stringify(one.url));
      credentials[service.name] = routerKeysOf(routerSecret, service.name).credential;
    }
    const sale = await openSale(world, ['A Quiet Field', 'Two Hares'], ['Bo', 'Cy']);
    await placeBids(sale, 4);
    const person = await world.signUp({ organization: 'Museum' });
    await world.settled();
    mkdirSync(folder, { recursive: true });
    const supergraph = join(folder, 'supergraph.graphql');
    writeFileSync(supergraph, sdl);
    return { world, person, supergraph, credentials, folder, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** An example operation with ids that exist. */
export interface Asked {
  name: string;
  kind: string;
  query: string;
  variables: Record<string, unknown>;
}

/** All queries and mutations of `schema/operations`. Invented ids are replaced by ids of this world, where it has one of their kind. */
export async function examples({ world }: ServedWorld): Promise<Asked[]> {
  const ids = await idsOf(world);
  const all = await Promise.all(subgraphs.map(({ name }) => examplesOf(name)));
  return all.flat().flatMap(({ name, operation: query, variables }) => {
    const kind = parse(query).definitions.find(
      (each): each is OperationDefinitionNode => 'operation' in each,
    )?.operation;
    if (kind === undefined || kind === 'subscription') return [];
    const existing = (variables ?? '{}').replaceAll(/"([a-z]{3}_[0-9a-z]{26})"/g, (text, id: string) => {
      const known = ids.get(prefixOf(id) ?? '');
      return known ? `"${known}"` : text;
    });
    return [{ name, kind, query, variables: JSON.parse(existing) as Record<string, unknown> }];
  });
}

/** An id of each kind that the facts of the world name. */
async function idsOf(world: World): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const { key, payload } of await world.facts()) {
    for (const [id] of `${key} ${JSON.stringify(payload)}`.matchAll(/\b[a-z]{3}_[0-9a-z]{26}\b/g)) {
      const prefix = prefixOf(id) ?? '';
      if (!found.has(prefix)) found.set(prefix, id);
    }
  }
  return found;
}

export interface Told {
  data?: unknown;
  errors?: readonly { message: string; path?: readonly (string | number)[]; extensions?: Record<string, unknown> }[];
}

/** Fields that tell the time of the answer. */
const moments = new Set(['asOf', 'exportedAt', 'remainingSeconds', 'serverTime']);

/** What two gateways must have in common: the data but for the time, and the codes of the errors. */
function comparable({ data, errors = [] }: Told): unknown {
  const text = JSON.stringify(data ?? null, (key, value: unknown) => (moments.has(key) ? typeof value : value));
  const codes = new Set(errors.map(({ extensions }) => String(extensions?.['code'] ?? 'no code')));
  return { data: JSON.parse(text) as unknown, codes: [...codes].toSorted() };
}

/** What differs between two values: the paths, and what stands there. */
function differences(one: unknown, other: unknown, path = ''): string[] {
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null)
    return Object.is(one, other) ? [] : [`${path}: ${JSON.stringify(one)} and ${JSON.stringify(other)}`];
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].flatMap((key) =>
    differences((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key], `${path}.${key}`),
  );
}

export type Ask = (asked: Asked, token: string | null) => Promise<Told>;

export async function askOver(url: string, { query, variables }: Asked, token: string | null): Promise<Told> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Told;
}

/**
 * Asks our gateway and another the same: queries as somebody and as nobody, and mutations as nobody, since most are refused and so leave
 * the world as it was. Returns what they answer differently, by the name of the operation.
 */
export async function compare({ world, person }: ServedWorld, asked: readonly Asked[], other: Ask): Promise<string[]> {
  const found: string[] = [];
  for (const each of asked) {
    for (const token of each.kind === 'query' ? [null, person.accessToken] : [null]) {
      const ours = comparable(await askOver(`${world.url}/graphql`, each, token));
      const theirs = comparable(await other(each, token));
      const [first] = differences(ours, theirs);
      if (first !== undefined) found.push(`${each.name}${token ? ', signed in' : ''}: ours and theirs at ${first}`);
    }
  }
  return found;
}

/**
 * What our gateway answers otherwise on purpose. Anonymous clients have limits of cost before they are refused for another reason.
 */
export const onPurpose = ['AssetDuplicates: ours and theirs at .data: null and {"assetDuplicates":null}'];
