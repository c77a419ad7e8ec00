import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jpeg, wav } from '../../testkit/files.ts';
import { attach, draftOf, openMediaWorld, type MediaWorld } from '../../testkit/media.ts';
import { refusal } from '../../testkit/refusal.ts';
import type { Answer, Person, World } from '../../testkit/world.ts';

const create = `mutation ($input: MediaAnnotationCreateInput!) {
  mediaAnnotationCreate(input: $input) {
    annotation {
      id motivation text language region { x y width height } outline url version archivedAt createdBy { id } media { id }
    }
  }
}`;
const update = `mutation ($input: MediaAnnotationUpdateInput!) {
  mediaAnnotationUpdate(input: $input) {
    annotation { id motivation text language region { x y width height } outline version }
  }
}`;
const archive = `mutation ($input: MediaAnnotationArchiveInput!) {
  mediaAnnotationArchive(input: $input) { annotation { id archivedAt } }
}`;
const one = 'query ($id: ID!) { mediaAnnotation(id: $id) { id text archivedAt } }';
const list = `query ($filter: MediaAnnotationFilter) {
  mediaAnnotations(filter: $filter, sort: [CREATED_AT_ASC]) { totalCount nodes { id text } }
}`;
const onMedia = 'query ($id: ID!) { asset(id: $id) { media { annotations { id text } } } }';

let media: MediaWorld;
let world: World;
let ann: Person;
let museum: string;
let viewer: Person;
let stranger: Person;
let far: Person;
let bytes: Buffer;
beforeAll(async () => {
  media = await openMediaWorld();
  world = media.world;
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  museum = ann.organizationId ?? '';
  viewer = await world.signUp({ displayName: 'Vera' });
  await world.grant(museum, viewer, 'VIEWER');
  stranger = await world.signUp({ displayName: 'Sam', organization: 'Elsewhere' });
  far = await world.inUniverse('other').operator();
  bytes = await jpeg(600, 400);
});
afterAll(() => media.close());

/** A draft with one picture. */
async function picture(): Promise<{ assetId: string; mediaId: string; base: string }> {
  const assetId = await draftOf(ann, museum);
  const { media: made } = await attach(world, ann, assetId, bytes);
  return { assetId, mediaId: made.id as string, base: `${world.url}${made.iiif}` };
}
const publish = (assetId: string): Promise<Answer> =>
  ann.ask('mutation ($input: AssetPublishInput!) { assetPublish(input: $input) { asset { id } } }', {
    input: { assetId },
  });
const annotate = async (mediaId: string, more: object = {}): Promise<Answer> =>
  (await ann.ask(create, { input: { mediaId, text: 'A signature', ...more } })).mediaAnnotationCreate.annotation;
const jsonAt = async (url: string, headers: Record<string, string> = {}): Promise<Answer> =>
  (await (await fetch(url, { headers })).json()) as Answer;

describe('mediaAnnotationCreate', () => {
  test('annotates a picture, or a part of it, and publishes it', async () => {
    const { assetId, mediaId } = await picture();
    const region = { x: 10, y: 20, width: 100, height: 40 };
    const made = await annotate(mediaId, { motivation: 'IDENTIFYING', language: 'pt-br', region });
    expect(made).toMatchObject({
      motivation: 'IDENTIFYING',
      text: 'A signature',
      language: 'pt-BR',
      region,
      outline: null,
      url: `/iiif/${mediaId}/annotations/${made.id}`,
      version: 1,
      archivedAt: null,
      createdBy: { id: ann.id },
      media: { id: mediaId },
    });
    const outline = await annotate(mediaId, { outline: 'M10 10 L90 10 L50 80 Z' });
    const highlight = await annotate(mediaId, { text: null, motivation: 'HIGHLIGHTING', region });
    expect([outline.region, highlight.text]).toEqual([null, null]);
    const facts = (await world.facts({ key: assetId })).filter(({ type }) => type === 'assets.mediaAnnotation.created');
    expect(facts.map(({ payload }) => payload.annotationId)).toEqual([made.id, outline.id, highlight.id]);
    expect(facts[0]?.payload).toEqual({
      assetId,
      ownerId: museum,
      mediaId,
      annotationId: made.id,
      motivation: 'IDENTIFYING',
    });
    const { asset } = await ann.ask(onMedia, { id: assetId });
    expect(asset.media[0].annotations.map((each: Answer) => each.id)).toEqual([made.id, outline.id, highlight.id]);
  });

  test.each([
    ['text', { text: ' ' }],
    ['text', { text: null }],
    ['text', { text: 'x'.repeat(5001) }],
    ['language', { language: 'e' }],
    ['language', { language: 'en-a' }],
    ['region', { region: { x: 550, y: 0, width: 51, height: 1 } }],
    ['region', { region: { x: 0, y: 399, width: 1, height: 2 } }],
    ['region.x', { region: { x: -1, y: 0, width: 1, height: 1 } }],
    ['region.width', { region: { x: 0, y: 0, width: 0, height: 1 } }],
    ['outline', { outline: '<svg onload="alert(1)"/>' }],
    ['outline', { outline: 'M0 0"/><script>alert(1)</script>' }],
    ['outline', { outline: 'L1 1' }],
    ['outline', { outline: `M${' '.repeat(10_000)}` }],
    ['outline', { outline: 'M0 0 L1 1', region: { x: 0, y: 0, width: 1, height: 1 } }],
  ])('an invalid %s is INVALID with its path (%#)', async (field, more) => {
    const { mediaId } = await shared();
    expect(await refusal(ann, create, { input: { mediaId, text: 'A', ...more } })).toEqual({
      code: 'INVALID',
      path: `input.${field}`,
    });
  });
  let made: Promise<{ assetId: string; mediaId: string }> | undefined;
  const shared = (): Promise<{ assetId: string; mediaId: string }> => (made ??= picture());

  test('only pictures can be annotated, each at most a hundred times', async () => {
    const { assetId, mediaId } = await picture();
    const { media: sound } = await attach(world, ann, assetId, wav(100));
    expect(await refusal(ann, create, { input: { mediaId: sound.id, text: 'A' } })).toEqual({
      code: 'INVALID',
      path: 'input.mediaId',
    });
    const fields = Array.from(
      { length: 20 },
      (_, n) => `a${n}: mediaAnnotationCreate(input: $input) { annotation { id } }`,
    );
    for (let round = 0; round < 5; round++)
      await ann.ask(`mutation ($input: MediaAnnotationCreateInput!) { ${fields.join(' ')} }`, {
        input: { mediaId, text: 'A' },
      });
    const input = { mediaId, text: 'A' };
    expect(await refusal(ann, create, { input })).toEqual({ code: 'CONFLICT', path: 'input.mediaId' });
    const { mediaAnnotations } = await ann.ask(list, { filter: { mediaId: { eq: mediaId } } });
    expect(mediaAnnotations.totalCount).toBe(100);
    await ann.ask(archive, { input: { annotationId: mediaAnnotations.nodes[0].id } });
    await annotate(mediaId);
  });
});

describe('mediaAnnotationUpdate', () => {
  test('changes given fields, clears null ones, and publishes old and new values', async () => {
    const { assetId, mediaId } = await picture();
    const { id } = await annotate(mediaId, { language: 'en', region: { x: 1, y: 2, width: 3, height: 4 } });
    const change = async (input: object): Promise<Answer> =>
      (await ann.ask(update, { input: { annotationId: id, ...input } })).mediaAnnotationUpdate.annotation;
    expect(await change({ text: 'A monogram' })).toMatchObject({ text: 'A monogram', language: 'en', version: 2 });
    expect(await change({ text: 'A monogram' })).toMatchObject({ version: 2 });
    expect(await change({ outline: 'M0 0 L9 9', language: null })).toMatchObject({
      region: null,
      outline: 'M0 0 L9 9',
      language: null,
    });
    const region = { x: 5, y: 6, width: 7, height: 8 };
    expect(await change({ region })).toMatchObject({ region, outline: null });
    expect(await change({ region: null, motivation: 'TAGGING' })).toMatchObject({
      region: null,
      motivation: 'TAGGING',
    });
    const input = { annotationId: id, text: 'B' };
    expect(await refusal(ann, update, { input: { ...input, ifVersion: 1 } })).toEqual({
      code: 'CONFLICT',
      path: 'input.ifVersion',
    });
    expect(await refusal(ann, update, { input: { ...input, text: null } })).toEqual({
      code: 'INVALID',
      path: 'input.text',
    });
    expect(await refusal(ann, update, { input: { ...input, region, outline: 'M0 0' } })).toEqual({
      code: 'INVALID',
      path: 'input.outline',
    });
    const facts = (await world.facts({ key: assetId })).filter(({ type }) => type === 'assets.mediaAnnotation.updated');
    expect(facts).toHaveLength(4);
    expect(facts[0]?.payload.changed).toEqual({ text: { from: 'A signature', to: 'A monogram' } });
  });
});

describe('mediaAnnotationArchive', () => {
  test('hides it from all but the owners, once', async () => {
    const { assetId, mediaId, base } = await picture();
    await publish(assetId);
    const { id } = await annotate(mediaId);
    const kept = await annotate(mediaId, { text: 'Kept' });
    const input = { annotationId: id };
    const first = await ann.ask(archive, { input });
    expect(await ann.ask(archive, { input })).toEqual(first);
    const facts = (await world.facts({ key: assetId })).filter(
      ({ type }) => type === 'assets.mediaAnnotation.archived',
    );
    expect(facts).toHaveLength(1);
    expect((await stranger.ask(one, { id })).mediaAnnotation).toBeNull();
    expect((await stranger.ask('query ($id: ID!) { node(id: $id) { id } }', { id })).node).toBeNull();
    expect((await viewer.ask(one, { id })).mediaAnnotation.archivedAt).toEqual(
      first.mediaAnnotationArchive.annotation.archivedAt,
    );
    const filter = { mediaId: { eq: mediaId } };
    expect((await stranger.ask(list, { filter })).mediaAnnotations).toEqual({
      totalCount: 1,
      nodes: [{ id: kept.id, text: 'Kept' }],
    });
    expect((await viewer.ask(list, { filter })).mediaAnnotations.totalCount).toBe(2);
    expect((await ann.ask(onMedia, { id: assetId })).asset.media[0].annotations).toEqual([
      { id: kept.id, text: 'Kept' },
    ]);
    expect((await jsonAt(`${base}/annotations`)).items).toHaveLength(1);
    expect((await fetch(`${base}/annotations/${id}`)).status).toBe(404);
    expect(await refusal(ann, update, { input: { annotationId: id, text: 'B' } })).toEqual({
      code: 'CONFLICT',
      path: 'input.annotationId',
    });
    expect(await refusal(stranger, archive, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.annotationId' });
  });
});

test('archived annotations stay with the owner of that time after a transfer', async () => {
  const { assetId, mediaId, base } = await picture();
  await publish(assetId);
  const { id } = await annotate(mediaId, { text: 'Paid 20 for it' });
  const kept = await annotate(mediaId, { text: 'Kept' });
  await ann.ask(archive, { input: { annotationId: id } });
  const buyer = await world.signUp();
  const { assetTransfer } = await ann.ask(
    'mutation ($input: AssetTransferInput!) { assetTransfer(input: $input) { transfer { id } } }',
    { input: { assetId, receiverId: buyer.id } },
  );
  await buyer.ask('mutation ($id: ID!) { assetTransferAccept(input: { transferId: $id }) { asset { id } } }', {
    id: assetTransfer.transfer.id,
  });
  const node = 'query ($id: ID!) { node(id: $id) { id } }';
  const filter = { mediaId: { eq: mediaId } };
  expect((await buyer.ask(one, { id })).mediaAnnotation).toBeNull();
  expect((await buyer.ask(node, { id })).node).toBeNull();
  expect((await buyer.ask(list, { filter })).mediaAnnotations).toEqual({
    totalCount: 1,
    nodes: [{ id: kept.id, text: 'Kept' }],
  });
  const headers = { authorization: `Bearer ${buyer.accessToken}` };
  expect((await jsonAt(`${base}/annotations`, headers)).items).toHaveLength(1);
  expect((await fetch(`${base}/annotations/${id}`, { headers })).status).toBe(404);
  for (const operation of [archive, update])
    expect(await refusal(buyer, operation, { input: { annotationId: id } })).toEqual({
      code: 'NOT_FOUND',
      path: 'input.annotationId',
    });
  expect((await viewer.ask(one, { id })).mediaAnnotation.text).toBe('Paid 20 for it');
  expect((await viewer.ask(list, { filter })).mediaAnnotations.totalCount).toBe(2);
  // What the buyer archives stays with the buyer.
  await buyer.ask(archive, { input: { annotationId: kept.id } });
  expect((await buyer.ask(one, { id: kept.id })).mediaAnnotation.text).toBe('Kept');
  expect((await viewer.ask(one, { id: kept.id })).mediaAnnotation).toBeNull();
});

describe('rights', () => {
  test.each(['create', 'update', 'archive'] as const)('to %s is for editors of the owner', async (verb) => {
    const { assetId, mediaId } = await picture();
    const { id } = await annotate(mediaId);
    const [operation, input, path] = {
      create: [create, { mediaId, text: 'A' }, 'input.mediaId'] as const,
      update: [update, { annotationId: id, text: 'B' }, 'input.annotationId'] as const,
      archive: [archive, { annotationId: id }, 'input.annotationId'] as const,
    }[verb];
    expect(await refusal(world.anonymous, operation, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(viewer, operation, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(stranger, operation, { input })).toEqual({ code: 'NOT_FOUND', path });
    expect(await refusal(far, operation, { input })).toEqual({ code: 'NOT_FOUND', path });
    await publish(assetId);
    expect(await refusal(stranger, operation, { input })).toEqual({ code: 'FORBIDDEN' });
  });

  test('annotations of a draft are visible to its owners, and those of a detached picture to nobody', async () => {
    const { assetId, mediaId, base } = await picture();
    const { id } = await annotate(mediaId);
    const filter = { mediaId: { eq: mediaId } };
    for (const [person, sees] of [
      [ann, true],
      [viewer, true],
      [stranger, false],
      [far, false],
    ] as const) {
      expect((await person.ask(one, { id })).mediaAnnotation?.id).toBe(sees ? id : undefined);
      expect((await person.ask(list, { filter })).mediaAnnotations.totalCount).toBe(sees ? 1 : 0);
      const headers = { authorization: `Bearer ${person.accessToken}` };
      if (person !== far) expect((await fetch(`${base}/annotations`, { headers })).status).toBe(sees ? 200 : 404);
    }
    await publish(assetId);
    expect((await stranger.ask(one, { id })).mediaAnnotation.id).toBe(id);
    await ann.ask('mutation ($input: MediaDetachInput!) { mediaDetach(input: $input) { asset { id } } }', {
      input: { mediaId },
    });
    expect((await ann.ask(one, { id })).mediaAnnotation).toBeNull();
    expect(await refusal(ann, archive, { input: { annotationId: id } })).toEqual({
      code: 'NOT_FOUND',
      path: 'input.annotationId',
    });
  });

  test('ten pictures with their annotations cost as many statements as one', async () => {
    const assetId = await draftOf(ann, museum);
    const statements = (): Promise<string[]> => world.statements(() => ann.ask(onMedia, { id: assetId }));
    await attach(world, ann, assetId, await jpeg(30, 30, { seed: 1 }));
    const single = await statements();
    for (let seed = 2; seed <= 10; seed++) {
      const { media: made } = await attach(world, ann, assetId, await jpeg(30, 30, { seed }));
      await annotate(made.id as string);
    }
    expect(await statements()).toHaveLength(single.length);
  });
});

describe('as linked data', () => {
  test('a viewer of IIIF finds the picture, its annotations and their targets', async () => {
    const { assetId, mediaId, base } = await picture();
    await publish(assetId);
    const region = { x: 10, y: 20, width: 100, height: 40 };
    const first = await annotate(mediaId, { motivation: 'IDENTIFYING', language: 'en', region });
    const second = await annotate(mediaId, { text: 'A <b>figure</b>', outline: 'M10 10 L90 10 L50 80 Z' });
    await annotate(mediaId, { text: null, motivation: 'HIGHLIGHTING' });
    const manifest = await jsonAt(`${base}/manifest.json`);
    expect(manifest).toMatchObject({
      '@context': 'http://iiif.io/api/presentation/3/context.json',
      id: `${base}/manifest.json`,
      type: 'Manifest',
      label: { none: ['Draft'] },
    });
    const [canvas] = manifest.items;
    expect(canvas).toMatchObject({ type: 'Canvas', width: 600, height: 400 });
    const [painting] = canvas.items[0].items;
    expect(painting).toMatchObject({ motivation: 'painting', target: canvas.id });
    expect((await fetch(painting.body.id as string)).headers.get('content-type')).toBe('image/jpeg');
    expect((await jsonAt(`${painting.body.service[0].id}/info.json`)).width).toBe(600);

    const answer = await fetch(canvas.annotations[0].id as string, { headers: { origin: 'https://viewer.example' } });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    const page = (await answer.json()) as Answer;
    expect(page).toMatchObject({ id: `${base}/annotations`, type: 'AnnotationPage' });
    const source = { id: canvas.id, type: 'Canvas', partOf: [{ id: manifest.id, type: 'Manifest' }] };
    expect(page.items).toMatchObject([
      {
        id: `${base}/annotations/${first.id}`,
        type: 'Annotation',
        motivation: 'identifying',
        body: { type: 'TextualBody', value: 'A signature', format: 'text/plain', language: 'en' },
        target: {
          type: 'SpecificResource',
          source,
          selector: {
            type: 'FragmentSelector',
            conformsTo: 'http://www.w3.org/TR/media-frags/',
            value: 'xywh=10,20,100,40',
          },
        },
      },
      {
        body: { value: 'A <b>figure</b>', format: 'text/plain' },
        target: {
          source,
          selector: {
            type: 'SvgSelector',
            value: '<svg xmlns="http://www.w3.org/2000/svg"><path d="M10 10 L90 10 L50 80 Z"/></svg>',
          },
        },
      },
      { motivation: 'highlighting', target: source },
    ]);
    expect(page.items[2].body).toBeUndefined();
    expect(await jsonAt(`${world.url}${second.url}`)).toEqual({
      '@context': 'http://iiif.io/api/presentation/3/context.json',
      ...page.items[1],
    });
  });

  test('is revalidated by its tag, and has its own media type for clients that accept it', async () => {
    const { assetId, mediaId, base } = await picture();
    await publish(assetId);
    const first = await fetch(`${base}/annotations`, { headers: { accept: 'application/ld+json' } });
    expect(first.headers.get('content-type')).toBe(
      'application/ld+json;profile="http://iiif.io/api/presentation/3/context.json"',
    );
    expect(first.headers.get('cache-control')).toBe('public, no-cache');
    const etag = first.headers.get('etag') ?? '';
    const asked = (): Promise<Response> => fetch(`${base}/annotations`, { headers: { 'if-none-match': etag } });
    expect((await asked()).status).toBe(304);
    await annotate(mediaId);
    expect((await asked()).status).toBe(200);
    expect((await fetch(`${base}/annotations/man_01h455vb4pex5vsknk084sn02q`)).status).toBe(404);
    expect((await fetch(`${base}/annotations/a/b`)).status).toBe(400);
  });
});
