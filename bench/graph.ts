import { readFile } from 'node:fs/promises';
import { unrationed } from './config.ts';
import { startGateway } from '../gateway/server.ts';
import { openDatabase, type DatabaseConfig } from '../platform/database/database.ts';
import { makePerson } from './person.ts';
import { openHouse } from '../platform/house/house.ts';
import { createLog } from '../platform/telemetry/log.ts';
import { subgraphs } from '../subgraphs/index.ts';

type Data = Record<string, unknown>;

/** A signed-in person. */
export interface Person {
  id: string;
  token: string;
}

/** The whole house and its gateway on one database in this process, with a signed-in person. */
export interface Graph {
  url: string;
  ask(query: string, variables?: Data): Promise<Data>;
  signUp(): Promise<Person>;
  close(): Promise<void>;
}

/** Opens the graph on an empty or migrated database, which closes with it. */
export async function openGraph(config: DatabaseConfig): Promise<Graph> {
  const log = createLog({ level: 'warn', name: 'bench' });
  const database = await openDatabase(config);
  const house = await openHouse({
    subgraphs,
    database,
    secrets: { sealingKey: new Uint8Array(32) },
    log,
    migrate: true,
  });
  const gateway = await startGateway({
    config: unrationed(),
    services: house.services,
    supergraphSdl: await readFile(new URL('../schema/supergraph.graphql', import.meta.url), 'utf8'),
    log,
  });
  const ask = async (token: string | null, query: string, variables: Data = {}): Promise<Data> => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  const signUp = (): Promise<Person> => makePerson(house);
  const { token } = await signUp();
  return {
    url: gateway.url,
    ask: (query, variables) => ask(token, query, variables),
    signUp,
    async close() {
      await gateway.close();
      await house.close();
      await database.close();
    },
  };
}
