import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { readConfig } from '../../../gateway/config.ts';
import { RemoteSubgraph } from '../../../gateway/execution/remote.ts';
import { startGateway, type Gateway } from '../../../gateway/server.ts';
import { serveSubgraph, type ServedSubgraph } from '../../../platform/serving/http.ts';
import { routesOf } from '../../../platform/http/routes.ts';
import { linkPath } from '../../../subgraphs/identity/link/link-pages.ts';
import { linkLifetimes, type LinkPurpose } from '../../../subgraphs/identity/link/one-time-link.entity.ts';
import { identity } from '../../../subgraphs/identity/subgraph.ts';
import { composed } from '../../testkit/composed.ts';
import { openWorld, type World } from '../../testkit/world.ts';

/* The pages to which links in mails lead, at a gateway with identity in its process and at one with identity in another. */

const secret = 'r'.repeat(32);
const config = { PORT: '0', CONSOLE_DIR: '/nonexistent' };
let world: World;
let served: ServedSubgraph;
let remote: RemoteSubgraph;
let gateway: Gateway;
beforeAll(async () => {
  world = await openWorld({ oses: ['identity'] });
  const log = pino({ level: 'silent' });
  const service = world.house.services.find(({ name }) => name === 'identity');
  if (!service) throw new Error('there is no identity');
  served = await serveSubgraph(service, { port: 0, host: '127.0.0.1', routerSecret: secret, log });
  remote = new RemoteSubgraph({ name: 'identity', url: served.url, routerSecret: secret });
  gateway = await startGateway({
    config: readConfig({ ...config, LIMITS: 'anonymous.files=0,anonymous.filesBurst=100' }, []),
    services: [remote],
    supergraphSdl: composed([identity]).sdl,
    routes: routesOf([identity]),
    log,
  });
});
afterAll(async () => {
  await gateway?.close();
  await remote?.close();
  await served?.close();
  await world?.close();
});

describe.each([
  ['embedded', () => world.url],
  ['apart', () => gateway.url],
] as const)('with identity %s', (_place, base) => {
  const purposes = Object.keys(linkLifetimes) as LinkPurpose[];

  test.each(purposes)('the link of %s leads to a page under its own policy', async (purpose) => {
    const page = await fetch(base() + linkPath(purpose, 'elk_x', null));
    expect(page.status).toBe(200);
    expect(Object.fromEntries(page.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    const text = await page.text();
    expect(text).toContain('<script src="page.js"></script>');
    const head = await fetch(base() + linkPath(purpose, 'elk_x', null), { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
      200,
      String(Buffer.byteLength(text)),
      '',
    ]);
  });

  test('a page is the same for everybody: credentials of the request are ignored', async () => {
    const headers = { authorization: 'Basic c3RhZ2luZw==', universe: 'nowhere', 'acting-for': 'org_x' };
    const script = await fetch(`${base()}/account/page.js?universe=nowhere`, { headers });
    expect([script.status, script.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8']);
    expect(await script.text()).toContain('location.hash');
  });

  test('there are no other pages, and nothing can be posted to one', async () => {
    for (const name of ['', 'nothing', 'constructor', 'confirm-email/'])
      expect((await fetch(`${base()}/account/${name}`)).status, name).toBe(404);
    const sent = await fetch(`${base()}/account/confirm-email`, { method: 'POST', body: 'token=elk_x' });
    expect([sent.status, sent.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

test('pages count as files of the client’s address', async () => {
  const page = () => fetch(`${gateway.url}/account/confirm-email`, { headers: { authorization: 'Bearer x' } });
  const statuses = new Set<number>();
  for (let n = 0; n <= 100; n += 1) {
    const answer = await page();
    await answer.arrayBuffer();
    statuses.add(answer.status);
  }
  expect([...statuses]).toEqual([200, 429]);
});
