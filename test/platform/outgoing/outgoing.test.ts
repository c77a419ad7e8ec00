import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isOwnAddress, isPublicAddress } from '../../../platform/outgoing/addresses.ts';
import { Outgoing, OutgoingFault, type Ask, type OutgoingOptions } from '../../../platform/outgoing/outgoing.ts';
import { insideTransaction } from '../../../platform/database/guard.ts';
import { openWeb, type Web } from '../../testkit/web.ts';

let web: Web;
beforeAll(async () => {
  web = await openWeb();
  web.on('/file', (_request, response) => response.end('the file'));
});
afterAll(() => web[Symbol.asyncDispose]());
const opened: Outgoing[] = [];
afterEach(() => Promise.all(opened.splice(0).map((each) => each.close())));

function outgoing(options: OutgoingOptions = {}): Outgoing {
  const made = new Outgoing(options);
  opened.push(made);
  return made;
}

const inside: Ask['permits'] = () => ({ isInternal: true });
const outside: Ask['permits'] = () => ({ isInternal: false });
/** Resolves every name to these addresses, one list per call. */
const named = (...answers: string[][]): NonNullable<OutgoingOptions['lookup']> => {
  let call = 0;
  return (_name, _options, done) => {
    const addresses = answers[Math.min(call++, answers.length - 1)] ?? [];
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
};

async function got(url: string, ask: Partial<Ask> = {}, options: OutgoingOptions = {}): Promise<string> {
  const { body } = await outgoing(options).ask(new URL(url), { permits: inside, sizeAtMost: 1_000, ...ask });
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

async function fault(url: string, ask: Partial<Ask> = {}, options: OutgoingOptions = {}): Promise<OutgoingFault> {
  const failed = await got(url, ask, options).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(OutgoingFault);
  return failed as OutgoingFault;
}

describe('an address', () => {
  test.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.1.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '168.63.129.16',
    '::',
    '::1',
    '::ffff:8.8.8.8',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    'fe80::1',
    'fc00::1',
    'fd00:ec2::254',
    'ff02::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::1',
    'no address',
    '',
  ])('%j is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700:4700::1111', '2a00:1450:4001:80b::200e'])(
    '%j is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  test.each([
    ['127.0.0.1', true],
    ['192.168.1.1', true],
    ['fd12::1', true],
    ['169.254.169.254', false],
    ['100.100.100.200', false],
    ['fd00:ec2::254', false],
    ['0.0.0.0', false],
    ['fe80::1', false],
    ['::ffff:127.0.0.1', false],
  ])('%j may be internal: %s', (address, isOwn) => {
    expect(isOwnAddress(address)).toBe(isOwn);
  });
});

describe('ask', () => {
  test('returns the bytes, and sends nothing that identifies us', async () => {
    expect(await got(`${web.url}/file`)).toBe('the file');
    const { headers } = web.requests.at(-1) ?? {};
    expect(Object.keys(headers ?? {}).sort()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
    ]);
    expect(headers?.['accept-encoding']).toBe('identity');
  });

  test('an address that is not permitted is not called', async () => {
    const before = web.requests.length;
    expect(await fault(`${web.url}/file`, { permits: () => null })).toMatchObject({
      code: 'NOT_ALLOWED',
      retryable: false,
    });
    for (const url of [
      `http://ann@127.0.0.1:${web.port}/file`,
      `http://localhost.:${web.port}/file`,
      'file:///etc/passwd',
    ])
      expect(await fault(url)).toMatchObject({ code: 'NOT_ALLOWED' });
    expect(web.requests).toHaveLength(before);
  });

  test.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    'localhost',
    '[::ffff:127.0.0.1]',
    '[::1]',
    '0.0.0.0',
  ])('a permitted name with the internal address %s is unreachable, like a missing server', async (host) => {
    const before = web.requests.length;
    expect(await fault(`http://${host}:${web.port}/file`, { permits: outside })).toMatchObject({
      code: 'UNREACHABLE',
      message: 'The source cannot be reached, or the connection broke off.',
    });
    expect(web.requests).toHaveLength(before);
  });

  test('a name is resolved when connecting, and a single internal address is refused', async () => {
    const before = web.requests.length;
    const url = `http://files.example:${web.port}/file`;
    for (const lookup of [
      named(['127.0.0.1']),
      named(['8.8.8.8', '127.0.0.1']),
      named([]),
      named(['::ffff:127.0.0.1']),
    ])
      expect(await fault(url, { permits: outside }, { lookup })).toMatchObject({ code: 'UNREACHABLE' });
    expect(web.requests).toHaveLength(before);
    expect(await got(url, {}, { lookup: named(['127.0.0.1']) })).toBe('the file');
    // The second answer differs: rebinding.
    const twice = outgoing({ lookup: named(['127.0.0.1'], ['169.254.169.254']) });
    web.on('/closing', (_request, response) =>
      response.writeHead(302, { connection: 'close', location: '/file' }).end(),
    );
    await expect(
      twice.ask(new URL(`http://files.example:${web.port}/closing`), { permits: inside, sizeAtMost: 100 }),
    ).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  test('cloud metadata addresses are refused even for internal sources', async () => {
    const lookup = named(['169.254.169.254']);
    expect(await fault('http://files.example/', {}, { lookup })).toMatchObject({ code: 'UNREACHABLE' });
    expect(await fault('http://169.254.169.254/')).toMatchObject({ code: 'UNREACHABLE' });
  });

  test('permitted redirects are followed, at most three', async () => {
    const to =
      (location: string): Parameters<Web['on']>[1] =>
      (_request, response) =>
        response.writeHead(302, { location }).end('elsewhere');
    web.on('/short', to('/file'));
    web.on('/loop', to('/loop'));
    web.on('/away', to('http://metadata.example/'));
    web.on('/nowhere', to('http://['));
    expect(await got(`${web.url}/short`)).toBe('the file');
    const before = web.requests.length;
    expect(await fault(`${web.url}/loop`)).toMatchObject({ code: 'REDIRECT_NOT_ALLOWED', retryable: false });
    expect(web.requests).toHaveLength(before + 4);
    const permits: Ask['permits'] = ({ host }) => (host === `127.0.0.1:${web.port}` ? { isInternal: true } : null);
    expect(await fault(`${web.url}/away`, { permits })).toMatchObject({ code: 'REDIRECT_NOT_ALLOWED' });
    expect(await fault(`${web.url}/nowhere`)).toMatchObject({ code: 'STATUS', status: 302 });
  });

  test('a redirect cannot lead from a public source to an internal one', async () => {
    web.on('/inward', (_request, response) =>
      response.writeHead(302, { location: `http://localhost:${web.port}/file` }).end(),
    );
    const only =
      (host: string): Ask['permits'] =>
      ({ hostname }) => ({ isInternal: hostname === host });
    // To a source that must be public and is not.
    expect(await fault(`${web.url}/inward`, { permits: only('127.0.0.1') })).toMatchObject({ code: 'UNREACHABLE' });
    // From a public source to an internal one.
    const isPublic = (): boolean => true;
    expect(await fault(`${web.url}/inward`, { permits: only('localhost') }, { isPublic })).toMatchObject({
      code: 'REDIRECT_NOT_ALLOWED',
    });
    expect(web.requests.at(-1)?.url).toBe('/inward');
    expect(await got(`${web.url}/inward`, { permits: inside })).toBe('the file');
  });

  test.each([
    [404, false, null],
    [403, false, null],
    [204, false, null],
    [206, false, null],
    [429, true, 7_000],
    [503, true, 7_000],
  ])('only the status of an answer with %i is reported', async (status, retryable, retryAfter) => {
    web.on('/status', (_request, response) =>
      response.writeHead(status, retryable ? { 'retry-after': '7' } : {}).end(status === 204 ? '' : 'a secret'),
    );
    const failed = await fault(`${web.url}/status`);
    expect(failed).toMatchObject({ code: 'STATUS', status, retryable, retryAfter });
    expect(failed.message).toBe(`The source answers ${status}.`);
  });

  test('a body is cut when too large, whatever its declared length', async () => {
    web.on('/announced', (_request, response) =>
      response.writeHead(200, { 'content-length': '1001' }).end('x'.repeat(1_001)),
    );
    web.on('/endless', (_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    expect(await fault(`${web.url}/announced`)).toMatchObject({ code: 'TOO_LARGE', retryable: false });
    expect(await fault(`${web.url}/endless`)).toMatchObject({ code: 'TOO_LARGE' });
  });

  test('a compressed body is refused, since it could expand to any size', async () => {
    web.on('/packed', (_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(100_000))),
    );
    expect(await fault(`${web.url}/packed`)).toMatchObject({ code: 'ENCODED', retryable: false });
  });

  test('a server that sends too slowly is abandoned', async () => {
    let now = 0;
    web.on('/drip', (_request, response) => {
      const drop = (): void => {
        // Four seconds per byte, by the reader's clock.
        now += 4_000;
        if (response.write('x')) setImmediate(drop);
      };
      response.on('close', () => response.destroy());
      drop();
    });
    expect(await fault(`${web.url}/drip`, { sizeAtMost: 1e9 }, { now: () => now })).toMatchObject({
      code: 'TOO_SLOW',
      retryable: true,
    });
  });

  test('an answer that breaks off is an error', async () => {
    web.on('/broken', (_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      setImmediate(() => response.destroy());
    });
    expect(await fault(`${web.url}/broken`)).toMatchObject({ code: 'UNREACHABLE', retryable: true });
  });

  test('a caller can abort, and gets the reason', async () => {
    const leaving = new AbortController();
    web.on('/silent', () => leaving.abort(new Error('cancelled')));
    await expect(got(`${web.url}/silent`, { signal: leaving.signal })).rejects.toThrow('cancelled');
  });

  test('is refused within a transaction', async () => {
    await expect(insideTransaction('import', () => got(`${web.url}/file`))).rejects.toThrow(
      'The transaction "import" is open',
    );
  });
});
