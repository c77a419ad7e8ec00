import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openWorld, until, type World } from './world/world.ts';

/** Sends a request exactly as written: fetch would normalise the path. */
function raw(
  world: World,
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  const { port } = new URL(world.url);
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path, method: options.method ?? 'GET', headers: options.headers ?? {}, agent: false },
      (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

async function builtConsole(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'console-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><script src="/assets/a-1234.js"></script>');
  await writeFile(join(folder, 'assets', 'a-1234.js'), 'let a = 1;');
  await writeFile(join(folder, 'favicon.svg'), '<svg/>');
  await symlink('/etc/hostname', join(folder, 'assets', 'link.txt'));
  return folder;
}

test('the console is served from the gateway’s origin under a strict policy', async () => {
  const folder = await builtConsole();
  await using world = await openWorld({ env: { CONSOLE_DIR: folder } });
  const host = new URL(world.url).host;
  const page = await raw(world, '/', { headers: { host } });
  expect(page.status).toBe(200);
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(page.headers['content-security-policy']).toBe(
    `default-src 'none'; script-src 'self'; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self' ws://${host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  );
  expect(page.headers['x-content-type-options']).toBe('nosniff');
  const script = await raw(world, '/assets/a-1234.js');
  expect(script).toMatchObject({
    status: 200,
    body: 'let a = 1;',
    headers: {
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    },
  });
  const head = await raw(world, '/assets/a-1234.js', { method: 'HEAD' });
  expect(head).toMatchObject({ status: 200, body: '', headers: { 'content-length': '10' } });
  const again = await raw(world, '/assets/a-1234.js', { headers: { 'if-none-match': String(script.headers['etag']) } });
  expect(again.status).toBe(304);
  await rm(folder, { recursive: true });
});

test('the first visitors all get the console, even while its files are being found', async () => {
  const folder = await builtConsole();
  await using world = await openWorld({ env: { CONSOLE_DIR: folder } });
  const answers = await Promise.all(['/favicon.ico', '/', '/assets/a-1234.js', '/'].map((path) => raw(world, path)));
  expect(answers.map(({ status }) => status)).toEqual([404, 200, 200, 200]);
  expect(answers[1]?.body).toContain('a-1234.js');
  await rm(folder, { recursive: true });
});

test('a rebuilt console is served without a restart', async () => {
  const folder = await builtConsole();
  await using world = await openWorld({ env: { CONSOLE_DIR: folder } });
  expect((await raw(world, '/')).body).toContain('a-1234.js');
  await writeFile(join(folder, 'index.html'), '<!doctype html><script src="/assets/a-new-5678.js"></script>');
  await writeFile(join(folder, 'assets', 'a-new-5678.js'), 'let b = 2;');
  await expect.poll(async () => (await raw(world, '/')).body, { timeout: 10_000 }).toContain('a-new-5678.js');
  expect(await raw(world, '/assets/a-new-5678.js')).toMatchObject({ status: 200, body: 'let b = 2;' });
  await rm(folder, { recursive: true });
});

test.each([
  '/../package.json',
  '/assets/../../package.json',
  '/%2e%2e/package.json',
  '/assets/..%2f..%2fpackage.json',
  '//etc/hostname',
  '/assets/link.txt',
  '/assets',
  '/__proto__',
  '/assets/a-1234.js%00.html',
])('the path %s is not found', async (path) => {
  const folder = await builtConsole();
  await using world = await openWorld({ env: { CONSOLE_DIR: folder } });
  expect((await raw(world, path)).status).toBe(404);
  await rm(folder, { recursive: true });
});

test('behind a TLS proxy the policy allows wss, and never contains a foreign host', async () => {
  await using world = await openWorld({ env: { TRUST_PROXY: '1' } });
  const tls = await raw(world, '/', { headers: { host: 'graph.example.org', 'x-forwarded-proto': 'https' } });
  expect(tls.headers['content-security-policy']).toContain("connect-src 'self' wss://graph.example.org;");
  expect(tls.headers['strict-transport-security']).toBeDefined();
  const strange = await raw(world, '/', { headers: { host: "x; script-src 'unsafe-eval'" } });
  expect(strange.headers['content-security-policy']).not.toContain('unsafe-eval');
});

test('without a built console the page says so', async () => {
  await using world = await openWorld();
  const page = await raw(world, '/');
  expect(page.status).toBe(200);
  expect(page.body).toContain('was not built yet');
});

test.each([
  ['GET', '/nothing', 404],
  ['POST', '/', 405],
  ['POST', '/schema.graphql', 405],
  ['DELETE', '/graphql', 405],
  ['PUT', '/health/live', 405],
])('%s %s is %i, with a request id', async (method, path, status) => {
  await using world = await openWorld();
  const answer = await raw(world, path, { method });
  expect(answer.status).toBe(status);
  expect(answer.headers['request-id']).toMatch(/^[0-9a-f-]{36}$/);
  if (status === 405) expect(answer.headers['allow']).toBeDefined();
});

test('a client’s request id is used if it is plain, and replaced otherwise', async () => {
  await using world = await openWorld();
  expect(
    (await raw(world, '/health/live', { headers: { 'x-request-id': 'abc.DEF-123_4' } })).headers['request-id'],
  ).toBe('abc.DEF-123_4');
  for (const odd of ['short', 'with spaces in it', 'x'.repeat(65)]) {
    expect((await raw(world, '/health/live', { headers: { 'x-request-id': odd } })).headers['request-id']).toMatch(
      /^[0-9a-f-]{36}$/,
    );
  }
});

test('GET answers queries and refuses mutations, with or without a preflight', async () => {
  await using world = await openWorld();
  const get = (query: string, headers: Record<string, string> = {}) =>
    raw(world, `/graphql?query=${encodeURIComponent(query)}`, { headers });
  for (const headers of [{}, { 'apollo-require-preflight': '1' }] as Record<string, string>[]) {
    expect((await get('{ auction(id: "auc_1") { title } }', headers)).body).toContain('Auction auc_1');
    const mutation = await get('mutation { bidPlace(input: { auctionId: "a", amount: "1" }) { amount } }', headers);
    expect(mutation).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  }
  expect(world.auctions.service.executed).toBe(2);
});

test('a GET without a preflight runs only if no other origin caused it', async () => {
  await using world = await openWorld({ env: { CORS_ORIGINS: 'https://app.example' } });
  const own = new URL(world.url).host;
  const get = (headers: Record<string, string>) =>
    raw(world, `/graphql?query=${encodeURIComponent('{ auction(id: "auc_1") { title } }')}`, {
      headers: { host: own, ...headers },
    });
  for (const headers of [
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { origin: `http://${own}` },
    { 'sec-fetch-site': 'cross-site', 'apollo-require-preflight': '1' },
    { 'sec-fetch-site': 'cross-site', 'content-type': 'application/json' },
  ] as Record<string, string>[])
    expect([headers, (await get(headers)).status]).toEqual([headers, 200]);
  const { executed } = world.auctions.service;
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', origin: 'https://app.example' },
    { 'sec-fetch-site': 'anything' },
    { 'sec-fetch-site': '' },
    { 'sec-fetch-site': 'cross-site', 'apollo-require-preflight': '' },
    { 'sec-fetch-site': 'cross-site', 'content-type': 'text/plain; charset=utf-8' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
  ] as Record<string, string>[]) {
    const answer = await get(headers);
    expect([headers, answer.status]).toEqual([headers, 400]);
    expect(JSON.parse(answer.body)).toMatchObject({
      errors: [{ message: expect.stringContaining('CSRF') as string, extensions: { code: 'BAD_QUERY' } }],
    });
  }
  expect(world.auctions.service.executed).toBe(executed);
});

test.each([
  'text/plain',
  'text/plain;application/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
])('a POST of type %s, which a page of another origin can send, is refused', async (type) => {
  await using world = await openWorld();
  for (const site of ['cross-site', 'same-origin']) {
    const form = await fetch(`${world.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': type, 'sec-fetch-site': site },
      body: '{"query":"mutation { bidPlace(input: { auctionId: \\"a\\", amount: \\"1\\" }) { amount } }"}',
    });
    expect([form.status, await form.text()]).toEqual([400, expect.stringContaining('CSRF') as string]);
  }
  expect(world.auctions.service.executed).toBe(0);
});

test('malformed requests are 400 with a code', async () => {
  await using world = await openWorld();
  for (const [type, body] of [
    ['application/json', '{'],
    ['application/json', '{}'],
    ['application/json', '{"query":5}'],
    ['application/json', ''],
    ['application/x-yaml', 'query: 1'],
  ] as const) {
    const response = await fetch(`${world.url}/graphql`, { method: 'POST', headers: { 'content-type': type }, body });
    expect([
      response.status,
      ((await response.json()) as { errors: { extensions: { code: string } }[] }).errors[0]?.extensions.code,
    ]).toEqual([400, 'BAD_QUERY']);
  }
});

test('the answer has the requested media type', async () => {
  await using world = await openWorld();
  const ask = async (accept: string) =>
    (await world.ask('{ __typename }', { headers: { accept } })).headers.get('content-type');
  expect(await ask('application/json')).toBe('application/json; charset=utf-8');
  expect(await ask('application/graphql-response+json')).toBe('application/graphql-response+json; charset=utf-8');
  expect((await world.ask('{ __typename }', { headers: { accept: 'text/css' } })).status).toBe(406);
});

test('other origins are allowed only by CORS_ORIGINS', async () => {
  await using world = await openWorld({ env: { CORS_ORIGINS: 'https://app.example' } });
  const preflight = (origin: string) =>
    raw(world, '/graphql', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    });
  const good = await preflight('https://app.example');
  expect(good).toMatchObject({
    status: 204,
    headers: { 'access-control-allow-origin': 'https://app.example', vary: 'origin' },
  });
  expect(good.headers['access-control-allow-headers']).toContain('authorization');
  expect(good.headers['access-control-allow-credentials']).toBeUndefined();
  expect((await preflight('https://evil.example')).headers['access-control-allow-origin']).toBeUndefined();
  const answer = await world.ask('{ __typename }', { headers: { origin: 'https://app.example' } });
  expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example');
  expect(answer.headers.get('access-control-expose-headers')).toContain('request-id');
});

test('the API schema is at /schema.graphql, with an ETag', async () => {
  await using world = await openWorld();
  const schema = await raw(world, '/schema.graphql');
  expect(schema.body).toContain('type BidPlacedEvent');
  expect(schema.body).not.toMatch(/actorSnapshot|join__/);
  expect(
    (await raw(world, '/schema.graphql', { headers: { 'if-none-match': String(schema.headers['etag']) } })).status,
  ).toBe(304);
});

test('the public keys are at /.well-known/jwks.json', async () => {
  await using world = await openWorld();
  const keys = await raw(world, '/.well-known/jwks.json');
  expect(keys.headers['cache-control']).toBe('public, max-age=60');
  expect(JSON.parse(keys.body)).toMatchObject({ keys: [{ kid: 'k1', kty: 'OKP' }] });
  expect(keys.body).not.toContain('"d"');
  world.identity.service.away = true;
  expect((await raw(world, '/.well-known/jwks.json')).status).toBe(200);
});

test('readiness names the subgraph that does not answer, liveness is unaffected', async () => {
  let waiting: string[] = [];
  await using world = await openWorld({ ready: () => waiting });
  const ready = async () => raw(world, '/health/ready');
  expect(JSON.parse((await ready()).body)).toEqual({ status: 'ready', waitingFor: [] });
  world.assets.away = true;
  waiting = ['relay'];
  await until(async () => (await ready()).status === 503);
  expect(JSON.parse((await ready()).body)).toEqual({ status: 'waiting', waitingFor: ['asset', 'relay'] });
  expect((await raw(world, '/health/live')).status).toBe(200);
});

test('a client that leaves ends its query in the subgraph', async () => {
  await using world = await openWorld({ remote: ['auction'] });
  const controller = new AbortController();
  const asked = fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ slow(ms: 3000) }"}',
    signal: controller.signal,
  }).catch(() => 'left');
  await until(() => world.auctions.service.executed === 1);
  controller.abort();
  expect(await asked).toBe('left');
  await until(() => world.log.some((line) => line['msg'] === 'operation'), 'the end of the operation', 2_000);
});
