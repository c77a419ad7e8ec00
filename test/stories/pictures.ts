import { expect } from 'vitest';
import { jpeg } from '../testkit/files.ts';
import { patch } from '../testkit/media.ts';
import { draft, publish, signUp, Visitor, type Place } from './place.ts';

/** From a file on a user's disk to a public thumbnail. */
export async function picture(place: Place): Promise<void> {
  const ada = await signUp(place, 'Ada');
  const assetId = await draft(ada.visitor, ada.id);
  const bytes = await jpeg(320, 240);
  const { mediaUploadBegin } = await ada.visitor.ask(
    'mutation ($input: MediaUploadBeginInput!) { mediaUploadBegin(input: $input) { upload { id url } } }',
    { input: { assetId, fileName: 'front.jpg', size: bytes.length } },
  );
  const url = new URL(mediaUploadBegin.upload.url as string, place.url);
  expect((await patch(url, 0, bytes.subarray(0, 999))).status).toBe(204);
  expect((await patch(url, 999, bytes.subarray(999))).status).toBe(204);
  await ada.visitor.ask(
    'mutation ($input: MediaUploadCompleteInput!) { mediaUploadComplete(input: $input) { media { id } } }',
    { input: { uploadId: mediaUploadBegin.upload.id } },
  );
  const query = 'query ($id: ID!) { asset(id: $id) { image(width: 80) { url width height } media { iiif } } }';
  const { asset: before } = await ada.visitor.ask(query, { id: assetId });
  await publish(ada.visitor, assetId);
  const { asset } = await new Visitor(place).ask(query, { id: assetId });
  expect(asset.image).toMatchObject({ width: 80, height: 60 });
  // A draft's link remains valid, and published pictures need none.
  for (const path of [before.image.url, asset.image.url, `${asset.media[0].iiif}/square/40,/0/default.png`]) {
    const answer = await fetch(new URL(path as string, place.url));
    expect([answer.status, answer.headers.get('content-type')?.split('/')[0]]).toEqual([200, 'image']);
    await answer.arrayBuffer();
  }
}
