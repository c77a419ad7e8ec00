import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { readConfig } from '../gateway/config.ts';
import { startGateway } from '../gateway/server.ts';
import { openDatabase } from '../platform/database/database.ts';
import { openHouse } from '../platform/subgraph/house.ts';
import { createLog } from '../platform/telemetry/log.ts';
import { subgraphs } from '../subgraphs/index.ts';

type Data = Record<string, unknown>;

/** The whole house behind its gateway on one Postgres, in this process, and somebody who is signed in. */
export interface Graph {
  ask(query: string, variables?: Data): Promise<Data>;
  close(): Promise<void>;
}

/** Opens the graph on an empty or a migrated database. */
export async function openGraph(url: string): Promise<Graph> {
  const log = createLog({ level: 'warn', name: 'bench' });
  const database = await openDatabase({ url });
  const house = await openHouse({
    subgraphs,
    database,
    secrets: { sealingKey: new Uint8Array(32) },
    log,
    migrate: true,
  });
  const gateway = await startGateway({
    config: readConfig({ PORT: '0' }, []),
    services: house.services,
    supergraphSdl: await readFile(new URL('../schema/supergraph.graphql', import.meta.url), 'utf8'),
    log,
  });
  let token: string | null = null;
  const ask = async (query: string, variables: Data = {}): Promise<Data> => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data: Data; errors?: unknown };
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  const input = { email: `${randomUUID()}@example.org`, password: `bench ${randomUUID()}`, displayName: 'Bench' };
  const { userSignUp } = await ask(
    'mutation ($input: UserSignUpInput!) { userSignUp(input: $input) { accessToken } }',
    {
      input,
    },
  );
  token = (userSignUp as { accessToken: string }).accessToken;
  return {
    ask,
    async close() {
      await gateway.close();
      await house.close();
      await database.close();
    },
  };
}
