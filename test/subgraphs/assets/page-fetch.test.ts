import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';

const fetchPage = `mutation ($input: AssetRecordFetchRequestInput!) { assetRecordFetchRequest(input: $input) { fetch { id } } }`;
const read = `query ($id: ID!) { assetRecordFetch(id: $id) {
  kind source reference status attempts problem { code } notes { code }
  asset {
    id title description kind status sourceKind source sourceId sourceUrl creators classification materials creationDate tags details
    structure { structureVersion } tokenReading { caip19 } handEdits { field }
  }
} }`;
const update = 'mutation ($input: AssetUpdateInput!) { assetUpdate(input: $input) { asset { id } } }';

interface Answer {
  status?: number;
  body?: string;
  headers?: Record<string, string>;
}
let server: Server;
let origin: string;
let asked: { path: string; agent: string | undefined }[] = [];
let pages: Record<string, Answer> = {};
let world: World;
let ann: Person;
beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push({ path, agent: request.headers['user-agent'] });
    const { status = 200, body = '', headers = {} } = pages[path] ?? { status: 404 };
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', ...headers });
    response.end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  world = await openWorld({ oses: ['assets'], env: { SOURCE_URLS: `${origin}?internal` } });
  ann = await world.signUp({ displayName: 'Ann' });
});
afterAll(async () => {
  await world.close();
  server.close();
});
beforeEach(() => {
  asked = [];
  pages = {};
});

const linked = (node: unknown) => `<script type="application/ld+json">${JSON.stringify(node)}</script>`;
const html = (head: string) => `<!doctype html><html><head>${head}</head><body><p>A page.</p></body></html>`;
const ask = async (path: string, client: Client = ann): Promise<string> =>
  (await client.ask(fetchPage, { input: { page: origin + path } })).assetRecordFetchRequest.fetch.id;
const fetched = async (path: string) => {
  const id = await ask(path);
  await world.settled();
  return (await ann.ask(read, { id })).assetRecordFetch;
};

describe('a page', () => {
  test('with a very long list of types is read like any other', async () => {
    pages['/types'] = {
      body: html(linked({ '@type': Array.from({ length: 250_000 }, () => 'Painting'), name: 'Many' })),
    };
    expect(await fetched('/types')).toMatchObject({
      status: 'DONE',
      attempts: 1,
      asset: { title: 'Many', kind: 'ART' },
    });
  });

  test('with schema.org data becomes a draft, identified by its canonical address', async () => {
    pages['/works/7?from=list'] = {
      body: html(
        `<link rel="canonical" href="/works/7">
         <script type="application/ld+json">{ this is none }</script>
         ${linked({
           '@context': 'https://schema.org',
           '@graph': [
             { '@type': 'WebSite', name: 'Gallery' },
             {
               '@type': ['Product', 'VisualArtwork'],
               name: ' Sea &amp; storm ',
               description: 'A <b>storm</b>.',
               creator: [{ '@type': 'Person', name: 'Maria Roe' }, 'Jan Doe'],
               artMedium: ['oil', 'canvas'],
               artform: 'Painting',
               dateCreated: '1881',
               keywords: 'Sea, STORM, sea',
               image: { '@type': 'ImageObject', url: 'https://images.example/7.jpg' },
             },
           ],
         })}`,
      ),
    };
    const fetch = await fetched('/works/7?from=list#top');
    const host = new URL(origin).host;
    expect(fetch).toMatchObject({
      kind: 'PAGE',
      source: host,
      reference: `${origin}/works/7?from=list`,
      status: 'DONE',
      notes: [],
      asset: {
        title: 'Sea &amp; storm',
        description: 'A <b>storm</b>.',
        kind: 'ART',
        status: 'DRAFT',
        sourceKind: 'SCRAPED',
        source: host,
        sourceId: `${origin}/works/7`,
        sourceUrl: `${origin}/works/7`,
        creators: ['Maria Roe', 'Jan Doe'],
        classification: 'Painting',
        materials: 'oil, canvas',
        creationDate: '1881',
        tags: ['sea', 'storm'],
        details: { image: 'https://images.example/7.jpg' },
        structure: null,
        tokenReading: null,
      },
    });
    expect(asked).toEqual([
      { path: '/robots.txt', agent: 'ensemble' },
      { path: '/works/7?from=list', agent: 'ensemble' },
    ]);
    const tags = await world.database.query<{ name: string }>('select name from assets.asset_tags order by name');
    expect(tags.map(({ name }) => name)).toEqual(['sea', 'storm']);
  });

  test('without schema.org is read by Open Graph', async () => {
    pages['/song'] = {
      body: html(
        `<meta property="og:title" content="Song &quot;of&quot; songs"><meta property="og:title" content="Second">
         <meta property="og:type" content="music.song"><meta name="description" content="Sung.">
         <meta property="og:image" content="javascript:alert(1)">
         <link rel="canonical" href="https://elsewhere.example/song">`,
      ),
    };
    const { asset } = await fetched('/song');
    expect(asset).toMatchObject({
      title: 'Song "of" songs',
      kind: 'MUSIC',
      description: 'Sung.',
      details: null,
      // It cannot speak for another server.
      sourceId: `${origin}/song`,
    });
  });

  test('read again updates the asset of its canonical address, except for fields edited by hand', async () => {
    const page = (title: string, description: string) =>
      html(`<link rel="canonical" href="/one">${linked({ '@type': 'CreativeWork', name: title, description })}`);
    pages['/one?a'] = { body: page('First', 'Old') };
    pages['/one?b'] = { body: page('Second', 'New') };
    const first = (await fetched('/one?a')).asset;
    await ann.ask(update, { input: { assetId: first.id, title: 'By hand' } });
    expect((await fetched('/one?b')).asset).toMatchObject({
      id: first.id,
      title: 'By hand',
      description: 'New',
      handEdits: [{ field: 'TITLE' }],
    });
  });

  test.each([
    ['without structured data', { body: html('<title>T</title>') }, 'NO_DESCRIPTION'],
    ['whose work has no name', { body: html(linked({ '@type': 'Product', name: ' ' })) }, 'NO_DESCRIPTION'],
    ['that is missing', { status: 404 }, 'REFUSED'],
    ['that is too large', { body: 'x'.repeat(4_200_000) }, 'TOO_LARGE'],
    [
      'that redirects to an internal address',
      { status: 302, headers: { location: 'http://169.254.169.254/' } },
      'NOT_ALLOWED',
    ],
  ] as [string, Answer, string][])('%s fails and creates nothing', async (_, answer, code) => {
    pages['/bad'] = answer;
    expect(await fetched('/bad')).toMatchObject({ status: 'FAILED', attempts: 1, problem: { code }, asset: null });
  });

  test.each([
    ['all robots', 'User-agent: *\nDisallow: /private/\n', '/private/1'],
    ['our robot by name', 'User-agent: *\nAllow: /\n\nUser-agent: ensemble\nDisallow: /\n', '/open/1'],
    ['the target of its redirect', 'User-agent: *\nDisallow: /private/\n', '/moved'],
  ])('is not read if robots.txt excludes %s', async (_, rules, path) => {
    pages['/robots.txt'] = { body: rules };
    pages[path] = { body: html('<meta property="og:title" content="Hidden">') };
    pages['/moved'] = { status: 302, headers: { location: '/private/2' } };
    pages['/private/2'] = { body: html('<meta property="og:title" content="Hidden">') };
    expect(await fetched(path)).toMatchObject({ status: 'FAILED', problem: { code: 'ROBOTS' }, asset: null });
    if (path !== '/moved') expect(asked.map((each) => each.path)).toEqual(['/robots.txt']);
  });

  test('is retried if robots.txt cannot be fetched', async () => {
    pages['/robots.txt'] = { status: 503 };
    pages['/later'] = { body: html('<meta property="og:title" content="Later">') };
    const id = await ask('/later');
    await world.settled();
    expect((await ann.ask(read, { id })).assetRecordFetch).toMatchObject({ status: 'QUEUED', attempts: 1 });
    expect(asked.map(({ path }) => path)).toEqual(['/robots.txt']);
    pages['/robots.txt'] = { status: 404 };
    await world.database.query('update assets.asset_record_fetches set due_at = now() where id = $1', [id]);
    await world.settled();
    expect((await ann.ask(read, { id })).assetRecordFetch).toMatchObject({ status: 'DONE', asset: { title: 'Later' } });
  });

  test('at no source is INVALID, and so are both page and token', async () => {
    for (const page of ['https://elsewhere.example/', 'file:///etc/passwd', 'http://127.0.0.1:1/', 'no address'])
      expect(await refusal(ann, fetchPage, { input: { page } })).toEqual({ code: 'INVALID', path: 'input.page' });
    const token = { chain: 'eip155:1', contract: `0x${'0'.repeat(40)}`, tokenId: '1' };
    for (const input of [{}, { page: `${origin}/a`, token }])
      expect((await refusal(ann, fetchPage, { input })).code).toBe('INVALID');
  });
});

test('an installation without sources reads no pages, with CONFLICT', async () => {
  const bare = await openWorld({ oses: ['assets'] });
  const person = await bare.signUp();
  const answer = await refusal(person, fetchPage, { input: { page: 'https://example.org/' } });
  expect(answer).toEqual({ code: 'CONFLICT', path: 'input.page' });
  await bare.close();
});
