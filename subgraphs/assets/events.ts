import { z } from 'zod';
import { fact } from '../../platform/facts/fact.ts';
import { AssetKind, AssetStatus } from './asset/asset.entity.ts';
import { AssetLinkKind } from './link/asset-link.entity.ts';

const status = z.enum(AssetStatus.values);
const kind = z.enum(AssetKind.values);
const ofAsset = z.object({ assetId: z.string(), ownerId: z.string() });
const moved = ofAsset.extend({ previousStatus: status });
/** The old and the new value of each changed field. */
const changed = z.record(z.string(), z.object({ from: z.json(), to: z.json() }));

export const assetCreated = fact(
  'assets.asset.created',
  'An asset was created.',
  ofAsset.extend({ title: z.string(), kind, status }),
);

export const assetUpdated = fact(
  'assets.asset.updated',
  'The description of an asset was changed.',
  ofAsset.extend({ changed }),
);

export const assetPublished = fact(
  'assets.asset.published',
  'An asset was published: everybody can see it.',
  ofAsset.extend({
    title: z.string(),
    /** Absent in old facts, from when only hidden assets could be published. */
    previousStatus: status.optional(),
  }),
);

export const assetIndexRequested = fact(
  'assets.asset.indexRequested',
  'The indexing of a draft was requested; a worker does it after the commit.',
  ofAsset,
);

/** In old facts, emitted by the actor who moved the draft; now by the OS itself. */
export const assetIndexed = fact('assets.asset.indexed', 'A draft was indexed and is ready to be published.', moved);

export const assetIndexRefused = fact(
  'assets.asset.indexRefused',
  'A draft could not be indexed; it is checked again when it changes.',
  ofAsset.extend({ problems: z.array(z.object({ code: z.string(), path: z.array(z.string()), message: z.string() })) }),
);

export const assetReopened = fact(
  'assets.asset.reopened',
  'An asset became a draft again, or the indexing of a draft was cancelled.',
  moved,
);

/** `saleId`: the id of a listing or auction, or the name of a place outside. */
export const assetReserved = fact(
  'assets.asset.reserved',
  'An asset was put on sale and is reserved for that sale.',
  ofAsset.extend({ saleId: z.string(), previousStatus: status }),
);

export const assetReservationRefused = fact(
  'assets.asset.reservationRefused',
  'An asset could not be put on sale.',
  z.object({
    assetId: z.string(),
    saleId: z.string(),
    reason: z.enum(['NOT_FOUND', 'NOT_OWNER', 'NOT_PUBLISHED', 'ON_SALE_ELSEWHERE', 'TRANSFER_PENDING']),
  }),
);

export const assetReleased = fact(
  'assets.asset.released',
  'An asset was taken off sale and stays published.',
  ofAsset.extend({ saleId: z.string() }),
);

export const assetSold = fact(
  'assets.asset.sold',
  'An asset was sold. Where the buyer is known, `assets.asset.transferred` follows.',
  ofAsset.extend({ buyerId: z.string().nullable(), saleId: z.string() }),
);

export const assetTransferred = fact(
  'assets.asset.transferred',
  'The owner of an asset changed.',
  z.object({
    assetId: z.string(),
    fromId: z.string(),
    toId: z.string(),
    status,
    /** The accepted transfer; null for a sale. */
    transferId: z.string().nullable(),
  }),
);

const transfer = z.object({ transferId: z.string(), assetId: z.string(), fromId: z.string(), toId: z.string() });

export const assetTransferOffered = fact(
  'assets.assetTransfer.offered',
  'An asset was offered to another actor.',
  transfer,
);

export const assetTransferDeclined = fact(
  'assets.assetTransfer.declined',
  'The receiver declined an offered asset.',
  transfer,
);

export const assetTransferCancelled = fact(
  'assets.assetTransfer.cancelled',
  'An offer of an asset was cancelled, or ended because another actor received the asset.',
  transfer,
);

export const assetArranged = fact(
  'assets.asset.arranged',
  'The parts of an asset were set, in order.',
  ofAsset.extend({ partIds: z.array(z.string()), previousPartIds: z.array(z.string()) }),
);

const link = z.object({
  /** Absent, like the owner of the target, in old facts, from before links needed consent. */
  linkId: z.string().optional(),
  assetId: z.string(),
  ownerId: z.string(),
  kind: z.enum(AssetLinkKind.values),
  /** An id or an address. */
  target: z.string(),
  relation: z.string().nullable(),
  targetOwnerId: z.string().nullable().optional(),
});

export const assetLinkAdded = fact(
  'assets.assetLink.added',
  'An asset was linked with a target; the owner of the target has agreed.',
  link,
);

export const assetLinkProposed = fact(
  'assets.assetLink.proposed',
  'The owner of a target was asked whether an asset may be linked with it.',
  link,
);

export const assetLinkDeclined = fact('assets.assetLink.declined', 'The owner of a target declined a link.', link);

export const assetLinkRemoved = fact(
  'assets.assetLink.removed',
  'A link of an asset, or its proposal, was removed.',
  link,
);

export const categoryCreated = fact(
  'assets.category.created',
  'A category was added to the tree.',
  z.object({ categoryId: z.string(), ownerId: z.string().nullable(), path: z.string(), name: z.string() }),
);

export const categoryUpdated = fact(
  'assets.category.updated',
  'A category was renamed or moved; the categories below it moved with it.',
  z.object({ categoryId: z.string(), ownerId: z.string().nullable(), path: z.string(), changed }),
);

const place = z.object({ categoryId: z.string(), ownerId: z.string().nullable(), path: z.string() });

/** Formerly `assets.category.updated` was emitted instead, with a change of `archived`. */
export const categoryArchived = fact('assets.category.archived', 'A category was archived.', place);

export const categoryRestored = fact('assets.category.restored', 'An archived category was restored.', place);

export const assetArchived = fact('assets.asset.archived', 'An asset was archived: only its owners can see it.', moved);

export const assetImported = fact(
  'assets.asset.imported',
  'An import created or changed an asset.',
  ofAsset.extend({
    importId: z.string(),
    title: z.string(),
    /** The status after the import. Absent in old facts. */
    status: status.optional(),
    change: z.enum(['CREATED', 'UPDATED']),
    changed: changed.optional(),
  }),
);

export const assetFieldRestored = fact(
  'assets.assetField.restored',
  'Fields that were set by hand were restored to the values of the import.',
  ofAsset.extend({ fields: z.array(z.string()), changed }),
);

export const importProgressed = fact(
  'assets.import.progressed',
  'A batch of an import was processed.',
  z.object({
    importId: z.string(),
    ownerId: z.string(),
    source: z.string(),
    lastLine: z.int(),
    total: z.int().nullable(),
    created: z.int(),
    updated: z.int(),
    unchanged: z.int(),
    rejected: z.int(),
    /** Number of assets that this batch published. */
    published: z.int(),
    /** Number of fields that keep a value edited by hand. Absent in old facts, from when imports overwrote them. */
    kept: z.int().optional(),
  }),
);

const fetchKind = z.enum(['TOKEN', 'PAGE']);

export const assetRecordFetchRequested = fact(
  'assets.assetRecordFetch.requested',
  'The fetch of an asset from an outside source was requested, or its refresh.',
  z.object({
    fetchId: z.string(),
    ownerId: z.string(),
    kind: fetchKind,
    /** A chain by CAIP-2, or a host. */
    source: z.string(),
  }),
);

export const assetRecordFetchFinished = fact(
  'assets.assetRecordFetch.finished',
  'The fetch of an asset from an outside source ended, with an asset or a problem.',
  z.object({
    fetchId: z.string(),
    ownerId: z.string(),
    kind: fetchKind,
    source: z.string(),
    status: z.enum(['DONE', 'FAILED']),
    assetId: z.string().nullable(),
    /** The code of the problem; null if it succeeded. */
    problem: z.string().nullable(),
    change: z.enum(['CREATED', 'UPDATED', 'UNCHANGED']).nullable(),
  }),
);

export const mediaAttached = fact(
  'assets.media.attached',
  'A picture, recording, film, document or model was attached to an asset.',
  ofAsset.extend({
    mediaId: z.string(),
    kind: z.enum(['IMAGE', 'AUDIO', 'VIDEO', 'DOCUMENT', 'MODEL']),
    contentType: z.string(),
    /** Bytes. */
    size: z.int(),
    sha256: z.string(),
    /** Its position among the media of the asset, from 0. */
    position: z.int(),
  }),
);

export const mediaReordered = fact(
  'assets.media.reordered',
  'The media of an asset were reordered.',
  ofAsset.extend({ mediaIds: z.array(z.string()) }),
);

export const mediaDetached = fact(
  'assets.media.detached',
  'A medium was detached from its asset.',
  ofAsset.extend({ mediaId: z.string() }),
);

/** Without the URL, which may contain a permission, and without the fetched content. */
const fetchState = z.object({
  fetchId: z.string(),
  kind: z.enum(['MEDIA', 'CATALOGUE']),
  ownerId: z.string(),
  assetId: z.string().nullable(),
  status: z.enum(['QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED']),
  attempts: z.int(),
  /** Bytes. */
  received: z.int(),
  mediaId: z.string().nullable(),
  importId: z.string().nullable(),
  fault: z.string().nullable(),
});
export type FetchState = z.output<typeof fetchState>;

export const assetFetchRequested = fact(
  'assets.assetFetch.requested',
  'The fetch of a file from an outside source was requested: a medium of an asset, or a catalogue to import.',
  fetchState,
);

export const assetFetchProgressed = fact(
  'assets.assetFetch.progressed',
  'The fetch of a file from an outside source began, waits for another attempt, succeeded, failed or was cancelled.',
  fetchState,
);

const annotation = ofAsset.extend({ mediaId: z.string(), annotationId: z.string() });

export const mediaAnnotationCreated = fact(
  'assets.mediaAnnotation.created',
  'A picture, or a part of it, was annotated.',
  annotation.extend({ motivation: z.string() }),
);

export const mediaAnnotationUpdated = fact(
  'assets.mediaAnnotation.updated',
  'An annotation of a picture was changed.',
  annotation.extend({ changed }),
);

export const mediaAnnotationArchived = fact(
  'assets.mediaAnnotation.archived',
  'An annotation of a picture was archived.',
  annotation,
);

/** Emitted by reactions and workers; the first three by no mutation. */
export const systemFacts = [
  assetIndexed,
  assetIndexRefused,
  assetRecordFetchFinished,
  assetCreated,
  assetUpdated,
  assetArchived,
  assetIndexRequested,
  assetReserved,
  assetReservationRefused,
  assetReleased,
  assetSold,
  assetTransferred,
  assetTransferDeclined,
  assetTransferCancelled,
  assetLinkRemoved,
  assetImported,
  importProgressed,
  assetFetchProgressed,
  mediaAttached,
];
