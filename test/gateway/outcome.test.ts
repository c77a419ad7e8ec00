import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { gatewayRequest } from '../../gateway/execution/context.ts';
import { RemoteSubgraph } from '../../gateway/execution/remote.ts';
import { SubgraphSource } from '../../gateway/execution/source.ts';
import { Changes } from '../../gateway/fetches/changes.ts';
import { defaultLimits } from '../../gateway/limits/limits.ts';

const routerSecret = 'router-secret-router-secret-router-secret';
const keyed =
  'mutation ($input: In!, $key: String) { a(input: $input) { id } b(input: { idempotencyKey: $key }) { id } }';

/** The error that a client gets for an operation whose subgraph behaves like this. */
async function told(
  answer: RequestListener | null,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<unknown> {
  const server = createServer(answer ?? (() => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  if (!answer) await new Promise((resolve) => server.close(resolve));
  const remote = new RemoteSubgraph({ name: 'odd', url: `http://127.0.0.1:${port}/`, routerSecret });
  const source = new SubgraphSource({
    name: 'odd',
    service: remote,
    limits: defaultLimits,
    changes: new Changes(),
    viewers: null,
    joining: 0,
    log: pino({ level: 'silent' }),
    rightsChanged: () => undefined,
  });
  try {
    const { errors } = await source.process({
      request: { query, variables },
      context: { info: gatewayRequest('request', 'main'), signal: null },
    } as never);
    return errors?.[0];
  } finally {
    await remote.close();
    server.closeAllConnections();
    server.close();
  }
}

/** Receives the whole request and then breaks the connection: the operation may have been executed. */
const cut: RequestListener = (request) => {
  request.resume().once('end', () => request.socket.destroy());
};
const babble: RequestListener = (_request, response) => void response.end('<html>');

test.each([
  ['cut off', cut],
  ['not readable', babble],
])('a sent mutation whose answer was %s is not retryable', async (_how, answer) => {
  const error = await told(answer, 'mutation { a(input: { by: 1 }) { id } }');
  expect(error).toMatchObject({
    message: expect.stringContaining('it is not known whether the mutation was executed'),
    extensions: { code: 'UNAVAILABLE', os: 'odd', retryable: false },
  });
});

test('a mutation with a field without idempotency key is not retryable', async () => {
  for (const variables of [{ input: { idempotencyKey: 'k' } }, { input: {}, key: 'k' }, { input: {}, key: null }])
    expect(await told(cut, keyed, variables)).toMatchObject({ extensions: { retryable: false } });
});

test('queries, mutations with idempotency keys, and unsent mutations are retryable', async () => {
  const retryable = { extensions: { code: 'UNAVAILABLE', retryable: true } };
  expect(await told(cut, '{ a }')).toMatchObject(retryable);
  expect(await told(cut, keyed, { input: { idempotencyKey: 'k' }, key: 'l' })).toMatchObject(retryable);
  expect(await told(null, 'mutation { a(input: { by: 1 }) { id } }')).toMatchObject(retryable);
});
