import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attach, draftOf, openMediaWorld, type MediaWorld } from '../../testkit/media.ts';
import { refusal } from '../../testkit/refusal.ts';
import type { Person, World } from '../../testkit/world.ts';

const update =
  'mutation ($input: ActorUpdateInput!) { actorUpdate(input: $input) { actor { avatarMedia { id } profile { version } } } }';
const shown =
  'query ($id: ID!) { actor(id: $id) { displayName avatarMedia { id image(width: 10) { url contentType } } } }';
const publish = 'mutation ($id: ID!) { assetPublish(input: { assetId: $id }) { asset { id } } }';
const detach = 'mutation ($id: ID!) { mediaDetach(input: { mediaId: $id }) { asset { id } } }';
/** A PNG of one pixel. */
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const pdf = Buffer.from('%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n');

let media: MediaWorld;
let world: World;
let ann: Person;
let studio: string;
beforeAll(async () => {
  media = await openMediaWorld({ oses: ['assets'] });
  world = media.world;
  ann = await world.signUp({ organization: 'Studio' });
  studio = ann.organizationId ?? '';
});
afterAll(() => media.close());

async function uploaded(by: Person, bytes = pixel): Promise<{ mediaId: string; assetId: string }> {
  const assetId = await draftOf(by, by.organizationId ?? by.id);
  const answer = await attach(world, by, assetId, bytes);
  await world.settled();
  return { mediaId: answer.media.id as string, assetId };
}
const avatarOf = async (id: string) => (await world.anonymous.ask(shown, { id })).actor.avatarMedia;

describe('actorUpdate', () => {
  test('represents a person and an organization by a picture that its uploader sets', async () => {
    const { mediaId, assetId } = await uploaded(ann);
    const { actorUpdate } = await ann.ask(update, { input: { avatarMediaId: mediaId } });
    expect(actorUpdate.actor).toEqual({ avatarMedia: { id: mediaId }, profile: { version: 2 } });
    await ann.ask(update, { input: { actorId: studio, avatarMediaId: mediaId } });
    // Viewers who may not see the asset do not see its picture.
    expect((await world.anonymous.answer(shown, { id: ann.id })).data?.actor.avatarMedia?.image ?? null).toBeNull();
    await ann.ask(publish, { id: assetId });
    for (const id of [ann.id, studio])
      expect(await avatarOf(id)).toMatchObject({ id: mediaId, image: { contentType: 'image/webp' } });
    const facts = await world.facts({ key: ann.id, types: ['identity.actor.updated'] });
    expect(facts.at(-1)?.payload.changed).toEqual(['avatarMediaId']);
    await ann.ask(update, { input: { avatarMediaId: null } });
    expect(await avatarOf(ann.id)).toBeNull();
    expect(await avatarOf(studio)).toMatchObject({ id: mediaId });
  });

  test('refuses pictures of others, of another universe, and media that are not pictures', async () => {
    const { mediaId } = await uploaded(ann);
    const refused = { code: 'NOT_FOUND', path: 'input.avatarMediaId' };
    const bob = await world.signUp();
    await world.grant(studio, bob, 'ADMIN');
    expect(await refusal(bob, update, { input: { avatarMediaId: mediaId } })).toEqual(refused);
    expect(await refusal(bob, update, { input: { actorId: studio, avatarMediaId: mediaId } })).toEqual(refused);
    const far = await world.inUniverse('other').signUp();
    expect(await refusal(far, update, { input: { avatarMediaId: mediaId } })).toEqual(refused);
    const document = await uploaded(ann, pdf);
    expect(await refusal(ann, update, { input: { avatarMediaId: document.mediaId } })).toEqual(refused);
    const invalid = { code: 'INVALID', path: 'input.avatarMediaId' };
    expect(await refusal(ann, update, { input: { avatarMediaId: ann.id } })).toEqual(invalid);
  });

  test('accepts a picture that an operator uploaded on behalf of the person', async () => {
    const operator = await world.operator();
    const { sessionActOnBehalf } = await operator.ask(
      'mutation ($id: ID!) { sessionActOnBehalf(input: { actorId: $id, reason: "Ticket 9" }) { accessToken } }',
      { id: ann.id },
    );
    const acting = world.bearer(sessionActOnBehalf.accessToken as string);
    const answer = await attach(world, acting, await draftOf(ann, studio), pixel);
    await world.settled();
    const input = { avatarMediaId: answer.media.id };
    expect((await ann.ask(update, { input })).actorUpdate.actor.avatarMedia).toEqual({ id: input.avatarMediaId });
    expect((await refusal(operator, update, { input })).code).toBe('NOT_FOUND');
  });

  test('is cleared when the medium is deleted, and cannot be set again', async () => {
    const { mediaId } = await uploaded(ann);
    for (const input of [{}, { actorId: studio }])
      await ann.ask(update, { input: { ...input, avatarMediaId: mediaId } });
    await ann.ask(detach, { id: mediaId });
    await world.settled();
    expect([await avatarOf(ann.id), await avatarOf(studio)]).toEqual([null, null]);
    const [fact] = (await world.facts({ key: studio, types: ['identity.actor.updated'] })).slice(-1);
    expect(fact).toMatchObject({ actor: 'svc_identity', payload: { changed: ['avatarMediaId'] } });
    expect((await refusal(ann, update, { input: { avatarMediaId: mediaId } })).code).toBe('NOT_FOUND');
  });

  test('takes one statement more', async () => {
    const { mediaId } = await uploaded(ann);
    const ask = 'mutation ($input: ActorUpdateInput!) { actorUpdate(input: $input) { actor { avatarMedia { id } } } }';
    const plain = await world.statements(() => ann.ask(ask, { input: { biography: 'Paints' } }));
    const counted = await world.statements(() => ann.ask(ask, { input: { avatarMediaId: mediaId } }));
    expect(counted).toHaveLength(plain.length + 1);
  });
});
