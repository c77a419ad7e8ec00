import type { FilterQuery } from '@mikro-orm/postgresql';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import { grouped } from '../../../platform/context/batch.ts';
import type { Context } from '../../../platform/context/context.ts';
import { extend } from '../../../platform/declare/extension.ts';
import { noun } from '../../../platform/declare/noun.ts';
import { assetVisible } from '../asset/asset.policy.ts';
import { assets } from '../asset/asset.noun.ts';
import { iiifRoute } from './iiif-route.ts';
import { AssetImage, derivativeOf, imageArguments } from './image.ts';
import { originalUrl } from './media-route.ts';
import { Media, MediaKind } from './media.entity.ts';

/** Media per asset: enough for a catalogue entry with every detail photographed, and few enough for one answer. */
export const mediaAtMost = 50;

/** Media are visible with their asset, as long as they are attached to it. */
export function mediaVisible(actor: ActorSnapshot): FilterQuery<Media> {
  return { asset: assetVisible(actor) as object, detachedAt: null };
}

export const mediaItems = noun(Media, {
  name: 'Media',
  plural: 'media',
  prefix: 'med',
  words: ['medium', 'media'],
  description: 'A picture, recording, film, document or model of an asset. Visible with its asset.',
  visible: mediaVisible,
  audience: 'visible',
  fields: (f) => ({
    id: f.id(),
    asset: f
      .row(() => assets, 'The asset that it shows.')
      .nullable()
      .from(({ asset }, context) => assets.load(context, asset.id)),
    kind: f.enum(MediaKind, 'What the file is by its content.'),
    contentType: f.text('Media type by its content, such as "image/jpeg".'),
    fileName: f.text('The file name, as given by the uploader.'),
    size: f.int('Size in bytes.'),
    width: f.int('Width of a picture in pixels, as displayed; null for other files.').nullable(),
    height: f.int('Height of a picture in pixels, as displayed; null for other files.').nullable(),
    durationMs: f
      .int('Duration of a recording or film in milliseconds; null if its headers do not state it.')
      .nullable(),
    sha256: f.text('SHA-256 of the original, in hexadecimal.'),
    url: f
      .text(
        'The original file, unchanged and with its embedded metadata (EXIF, for example). Path at the graph’s own address; if the asset is not published, it contains a signature that is valid for at most two hours.',
      )
      .from((media, context) => originalUrl(context, media)),
    image: f
      .object(AssetImage, 'The picture in the requested size. Null if the medium is not a picture.')
      .nullable()
      .with(imageArguments, (media, context, args) => derivativeOf(context, media, args)),
    iiif: f
      .text('Base path of its IIIF Image API 3.0 service (level 2). Null if the medium is not a picture.')
      .nullable()
      .from(({ id, kind }) => (kind === 'IMAGE' ? `${iiifRoute.prefix}${id}` : null)),
    createdBy: f.actor('createdBy', 'The actor who uploaded it.'),
    createdAt: f.time(),
  }),
  filter: {},
  sort: ['createdAt'],
  roots: {
    one: 'A picture, recording, film, document or model by its id. Null if it does not exist, was removed from its asset or is not visible to the viewer. Errors: INVALID.',
    list: false,
  },
});

export const mediaOfAsset = extend(assets, (f) => ({
  media: f
    .rows(
      () => mediaItems,
      `Pictures, recordings, films, documents and models, in their order; at most ${mediaAtMost}.`,
      {
        atMost: mediaAtMost,
      },
    )
    .dependsOn('visible')
    .from(({ id }, context) => mediaOf(context, id)),
  image: f
    .object(AssetImage, 'The first picture of the asset, in the requested size. Null if it has none.')
    .nullable()
    .with(imageArguments, async ({ id }, context, args) => {
      const picture = (await mediaOf(context, id)).find(({ kind }) => kind === 'IMAGE');
      return picture ? derivativeOf(context, picture, args) : null;
    }),
}));

/** The visible media of an asset, in their order. One statement for all assets loaded together. */
function mediaOf(context: Context, assetId: string): Promise<Media[]> {
  const load = (ids: readonly string[]): Promise<Media[]> =>
    context.em.find(Media, { asset: { $in: [...ids] }, detachedAt: null }, { orderBy: { position: 'asc', id: 'asc' } });
  return grouped(context, 'media of assets', assetId, load, ({ asset }) => asset.id);
}
