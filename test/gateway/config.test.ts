import { expect, test } from 'vitest';
import { ConfigFault, readConfig } from '../../gateway/config.ts';

test('without a word everything has its default', () => {
  expect(readConfig({}, [])).toMatchObject({
    port: 4000,
    host: '127.0.0.1',
    dataDir: '.data',
    databaseUrl: null,
    corsOrigins: [],
    trustProxy: 0,
    executor: 'own',
    subgraphUrls: {},
    apart: false,
    demo: true,
    logLevel: 'info',
  });
});

test('what is given is read', () => {
  const config = readConfig(
    {
      PORT: '0',
      CORS_ORIGINS: 'https://a.example, http://localhost:3000',
      SUBGRAPH_URLS: 'auction=http://a:1/graphql,asset=https://b/graphql',
      ROUTER_SECRET: 'r'.repeat(32),
      LIMITS: 'anonymous.depth=3,analyst.cost=5',
    },
    ['--apart', '--no-demo'],
  );
  expect(config).toMatchObject({
    corsOrigins: ['https://a.example', 'http://localhost:3000'],
    subgraphUrls: { auction: 'http://a:1/graphql', asset: 'https://b/graphql' },
    apart: true,
    demo: false,
  });
  expect([config.limits.anonymous.depth, config.limits.signedIn.depth, config.limits.analyst.cost]).toEqual([3, 15, 5]);
});

test.each([
  ['PORT', { PORT: 'eighty' }],
  ['PORT', { PORT: '70000' }],
  ['CORS_ORIGINS', { CORS_ORIGINS: 'https://a.example/' }],
  ['CORS_ORIGINS', { CORS_ORIGINS: '*' }],
  ['TRUST_PROXY', { TRUST_PROXY: '-1' }],
  ['GATEWAY_EXECUTOR', { GATEWAY_EXECUTOR: 'other' }],
  ['SUBGRAPH_URLS', { SUBGRAPH_URLS: 'auction', ROUTER_SECRET: 'r'.repeat(32) }],
  ['SUBGRAPH_URLS', { SUBGRAPH_URLS: 'auction=ftp://a', ROUTER_SECRET: 'r'.repeat(32) }],
  ['ROUTER_SECRET', { SUBGRAPH_URLS: 'auction=http://a/graphql' }],
  ['ROUTER_SECRET', { ROUTER_SECRET: 'short' }],
  ['LIMITS', { LIMITS: 'nobody.depth=3' }],
  ['LIMITS', { LIMITS: 'anonymous.width=3' }],
  ['DATABASE_URL', { DATABASE_URL: 'mysql://x' }],
])('a fault of %s stops the start and names it: %o', (name, env) => {
  expect(() => readConfig(env, [])).toThrow(ConfigFault);
  expect(() => readConfig(env, [])).toThrow(new RegExp(`^${name}: `));
});

test('an unknown flag, and --apart without subgraphs, stop the start', () => {
  expect(() => readConfig({}, ['--fast'])).toThrow(ConfigFault);
  expect(() => readConfig({ ROUTER_SECRET: 'r'.repeat(32) }, ['--apart'])).toThrow(/^SUBGRAPH_URLS: /);
});
