import { readFileSync } from 'node:fs';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compare, examples, onPurpose, serveWorld, type ServedWorld, type Told } from './place.ts';

let place: ServedWorld;
let server: ApolloServer<{ token: string | null }>;

beforeAll(async () => {
  place = await serveWorld();
  const gateway = new ApolloGateway({
    supergraphSdl: readFileSync(place.supergraph, 'utf8'),
    buildService: ({ name, url = '' }) =>
      new RemoteGraphQLDataSource<{ token: string | null }>({
        url,
        willSendRequest({ request, context }) {
          request.http?.headers.set('router-authorization', place.credentials[name] ?? '');
          if (context.token) request.http?.headers.set('authorization', `Bearer ${context.token}`);
        },
      }),
  });
  server = new ApolloServer({ gateway });
  await server.start();
});
afterAll(async () => {
  await server?.stop();
  await place?.[Symbol.asyncDispose]();
});

test('stock @apollo/gateway answers the example operations as our gateway does', { timeout: 300_000 }, async () => {
  const found = await compare(place, await examples(place), async ({ query, variables }, token) => {
    const { body } = await server.executeOperation({ query, variables }, { contextValue: { token } });
    if (body.kind !== 'single') throw new Error('Apollo Server answered in parts.');
    return JSON.parse(JSON.stringify(body.singleResult)) as Told;
  });
  expect(found).toEqual(onPurpose);
});
