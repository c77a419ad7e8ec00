import { expect, test } from 'vitest';
import { readConfig } from '../../gateway/config.ts';
import { ConfigFault } from '../../platform/config/fault.ts';

test('without configuration everything has its default', () => {
  expect(readConfig({}, [])).toMatchObject({
    port: 4000,
    host: '127.0.0.1',
    dataDir: '.data',
    databaseUrl: null,
    factsRetentionDays: null,
    corsOrigins: [],
    trustProxy: 0,
    executor: 'own',
    subgraphUrls: {},
    apart: false,
    demo: true,
    bidders: true,
    logLevel: 'info',
  });
});

test('given values are read', () => {
  const config = readConfig(
    {
      PORT: '0',
      CORS_ORIGINS: 'https://a.example, http://localhost:3000',
      SUBGRAPH_URLS: 'auction=http://a:1/graphql,asset=https://b/graphql',
      ROUTER_SECRET: 'r'.repeat(32),
      LIMITS: 'anonymous.depth=3,analyst.cost=5',
    },
    ['--apart', '--no-demo', '--no-bidders'],
  );
  expect(config).toMatchObject({
    corsOrigins: ['https://a.example', 'http://localhost:3000'],
    subgraphUrls: { auction: 'http://a:1/graphql', asset: 'https://b/graphql' },
    apart: true,
    demo: false,
    bidders: false,
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
  ['SUBGRAPH_URLS', { SUBGRAPH_URLS: 'b=http://a/,a=http://a/,b=http://c/', ROUTER_SECRET: 'r'.repeat(32) }],
  ['SUBSCRIPTION_URLS', { SUBSCRIPTION_URLS: 'b=ws://a/,%62=ws://c/' }],
  ['ROUTER_SECRET', { SUBGRAPH_URLS: 'auction=http://a/graphql' }],
  ['ROUTER_SECRET', { ROUTER_SECRET: 'short' }],
  ['LIMITS', { LIMITS: 'nobody.depth=3' }],
  ['SHARE_FETCHES', { SHARE_FETCHES: 'off' }],
  ['SUBGRAPH_POLICIES', { SUBGRAPH_POLICIES: 'auction.retries=many' }],
  ['LIMITS', { LIMITS: 'anonymous.width=3' }],
  ['LIMITS', { LIMITS: 'anonymous.depth=3,analyst.depth=3,anonymous.depth=4' }],
  ['DATABASE_URL', { DATABASE_URL: 'mysql://x' }],
  ['DIRECT_DATABASE_URL', { DIRECT_DATABASE_URL: 'mysql://x' }],
  ['FACTS_RETENTION_DAYS', { FACTS_RETENTION_DAYS: '7' }],
  ['FACTS_RETENTION_DAYS', { FACTS_RETENTION_DAYS: 'for ever' }],
  ['OBJECTS_URL', { OBJECTS_URL: 'objects' }],
  ['OBJECTS_URL', { OBJECTS_URL: 'https://bucket' }],
  ['OBJECTS_URL', { OBJECTS_URL: 's3://B' }],
  ['OBJECTS_URL', { OBJECTS_URL: 's3://bucket/A b' }],
  ['OBJECTS_URL', { OBJECTS_URL: 's3://bucket?endpoint=minio:9000' }],
  ['OBJECTS_URL', { OBJECTS_URL: 's3://bucket?zone=eu' }],
  ['LIMITS', { LIMITS: 'anonymous.constructor=1' }],
  ['LIMITS', { LIMITS: 'signedIn.time=999999999999' }],
  ['S3_ACCESS_KEY_ID', { OBJECTS_URL: 's3://bucket' }],
  ['S3_SECRET_ACCESS_KEY', { OBJECTS_URL: 's3://bucket', S3_ACCESS_KEY_ID: 'x' }],
])('an invalid %s stops the start with its name: %o', (name, env) => {
  expect(() => readConfig(env, [])).toThrow(ConfigFault);
  expect(() => readConfig(env, [])).toThrow(new RegExp(`^${name}: `));
});

test.each([
  ['PORT', 'abc', '0 to 65535'],
  ['PORT', '70000', '0 to 65535'],
  ['PORT', '80.5', '0 to 65535'],
  ['POOL_SIZE', '4', '5 to 100'],
  ['FACTS_RETENTION_DAYS', 'for ever', '8 to 36500'],
  ['EMBEDDINGS_DIMENSIONS', '1e3', '8 to 4000'],
  ['TRUST_PROXY', '-1', '0 to 10'],
])('the error for an invalid number, %s=%s, quotes it with its bounds', (name, value, bounds) => {
  expect(() => readConfig({ [name]: value }, [])).toThrow(
    new ConfigFault(`${name}: must be a number from ${bounds}, not "${value}"`),
  );
});

test('objects are stored in the data folder, another folder, or a bucket', () => {
  const objectsOf = (env: Record<string, string>) => readConfig(env, []).objects;
  expect(objectsOf({ DATA_DIR: '/var/house' })).toEqual({ folder: '/var/house/objects' });
  expect(objectsOf({ OBJECTS_URL: '/mnt/objects/' })).toEqual({ folder: '/mnt/objects' });
  const keys = { S3_ACCESS_KEY_ID: 'key', S3_SECRET_ACCESS_KEY: 'secret' };
  expect(objectsOf({ OBJECTS_URL: 's3://bucket?region=eu-central-1', ...keys })).toEqual({
    s3: {
      endpoint: 'https://s3.eu-central-1.amazonaws.com',
      bucket: 'bucket',
      region: 'eu-central-1',
      accessKeyId: 'key',
      secretAccessKey: 'secret',
      prefix: '',
    },
  });
  expect(objectsOf({ OBJECTS_URL: 's3://bucket/house/?endpoint=http://minio:9000', ...keys })).toMatchObject({
    s3: { endpoint: 'http://minio:9000', region: 'us-east-1', prefix: 'house/' },
  });
});

test('an unknown flag, and --apart without subgraphs, stop the start', () => {
  expect(() => readConfig({}, ['--fast'])).toThrow(ConfigFault);
  expect(() => readConfig({ ROUTER_SECRET: 'r'.repeat(32) }, ['--apart'])).toThrow(/^SUBGRAPH_URLS: /);
});

test('universes besides main are slugs', () => {
  const { universes } = readConfig({ UNIVERSES: 'spring, autumn-2' }, []);
  expect(['main', 'spring', 'autumn-2'].map((slug) => universes.refusal(slug))).toEqual([null, null, null]);
  expect(universes.refusal('mars')).toMatchObject({ code: 'NOT_FOUND' });
  for (const wrong of ['Mars', 'a b', '-a', 'a'.repeat(64)])
    expect(() => readConfig({ UNIVERSES: wrong }, [])).toThrow(/^UNIVERSES: must be a comma-separated list of slugs/);
});

test('chains are nodes by chain id, and an error reveals no address', () => {
  const { chains } = readConfig(
    {
      CHAIN_RPC_URLS: '1=https://node.example/key?a=b, 137=http://10.0.0.1:8545',
      IPFS_GATEWAY_URL: 'https://ipfs.example/',
    },
    [],
  );
  expect([...chains.rpcUrls]).toEqual([
    ['eip155:1', 'https://node.example/key?a=b'],
    ['eip155:137', 'http://10.0.0.1:8545'],
  ]);
  expect(chains.ipfsGateway).toBe('https://ipfs.example');
  expect(readConfig({}, []).chains).toEqual({ rpcUrls: new Map(), ipfsGateway: null });
  for (const value of [
    'https://node.example/secret',
    'x=https://node.example/secret',
    '1=ftp://node.example/secret',
    '1=https://a.example/secret,1=https://b.example/secret',
  ]) {
    const read = (): unknown => readConfig({ CHAIN_RPC_URLS: value }, []);
    expect(read).toThrow(/^CHAIN_RPC_URLS: the entry [12] /);
    expect(read).not.toThrow(/secret/);
  }
  expect(() => readConfig({ IPFS_GATEWAY_URL: 'ipfs.example' }, [])).toThrow(/^IPFS_GATEWAY_URL/);
});
