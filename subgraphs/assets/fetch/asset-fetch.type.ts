import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { enumKind } from '../../../platform/nouns/filter.ts';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { AssetType } from '../asset/asset.type.ts';
import { ActorStub } from '../foreign/actor.ts';
import { AssetImportLineFault, AssetImportType } from '../import/asset-import.type.ts';
import { MediaType } from '../media/media.type.ts';
import type { AssetFetch, AssetFetchFault, AssetFetchKind, AssetFetchStatus } from './asset-fetch.entity.ts';

/** Lines that were not taken in, of which a fetch tells: enough to see what is wrong with a file. */
export const rejectedAtMost = 100;

export const AssetFetchKindEnum = { MEDIA: 'MEDIA', CATALOGUE: 'CATALOGUE' } as const;
registerEnumType(AssetFetchKindEnum, {
  name: 'AssetFetchKind',
  description: 'What a fetched file becomes.',
  valuesConfig: {
    MEDIA: { description: 'A medium of an asset.' },
    CATALOGUE: { description: 'Lines of an import, as NDJSON.' },
  },
});

export const AssetFetchStatusEnum = {
  QUEUED: 'QUEUED',
  RUNNING: 'RUNNING',
  DONE: 'DONE',
  FAILED: 'FAILED',
  CANCELLED: 'CANCELLED',
} as const;
export const assetFetchStatusFilter = enumKind(AssetFetchStatusEnum, 'AssetFetchStatus', 'The progress of a fetch.', {
  QUEUED: 'Waits for its turn, or for the next attempt.',
  RUNNING: 'Is being fetched, inspected or taken in.',
  DONE: 'Became a medium, or all lines were taken in.',
  FAILED: 'Ended without a result; `fault` and `reason` say why.',
  CANCELLED: 'Was cancelled by somebody who may edit the assets.',
});

export const AssetFetchFaultEnum = {
  NOT_ALLOWED: 'NOT_ALLOWED',
  REDIRECT_NOT_ALLOWED: 'REDIRECT_NOT_ALLOWED',
  UNREACHABLE: 'UNREACHABLE',
  STATUS: 'STATUS',
  ENCODED: 'ENCODED',
  TOO_LARGE: 'TOO_LARGE',
  TOO_SLOW: 'TOO_SLOW',
  CONTENT_REFUSED: 'CONTENT_REFUSED',
  OVER_QUOTA: 'OVER_QUOTA',
  ASSET_FULL: 'ASSET_FULL',
  ASSET_ARCHIVED: 'ASSET_ARCHIVED',
  ASSET_TRANSFERRED: 'ASSET_TRANSFERRED',
  INTERRUPTED: 'INTERRUPTED',
} as const;
registerEnumType(AssetFetchFaultEnum, {
  name: 'AssetFetchFault',
  description: 'Why an attempt of a fetch failed.',
  valuesConfig: {
    NOT_ALLOWED: { description: 'The address is no longer one of the configured sources.' },
    REDIRECT_NOT_ALLOWED: {
      description: 'The source redirects to no source, away from https, or more than three times.',
    },
    UNREACHABLE: { description: 'The source cannot be reached, or breaks off. Tried again.' },
    STATUS: { description: 'The source answers another status than 200. Tried again for 429 and 5xx.' },
    ENCODED: { description: 'The source answers compressed, though it was asked not to.' },
    TOO_LARGE: { description: 'More than 1 GiB, or 256 MiB of a catalogue.' },
    TOO_SLOW: { description: 'Less than 4 KiB a second, or more than half an hour. Tried again.' },
    CONTENT_REFUSED: {
      description: 'The file is none of the accepted kinds, is damaged, or is too large for its kind.',
    },
    OVER_QUOTA: { description: 'The account that asked would have more than 20 GiB of media.' },
    ASSET_FULL: { description: 'The asset has 50 media.' },
    ASSET_ARCHIVED: { description: 'The asset was archived while the file was on its way.' },
    ASSET_TRANSFERRED: { description: 'The asset went to another owner while the file was on its way.' },
    INTERRUPTED: { description: 'The server failed or was stopped on its own account. Tried again.' },
  },
});

@ObjectType('AssetFetch', {
  description:
    'A file that the server fetches from a configured source: a medium of an asset, or a catalogue for an import. Visible to the owners of the assets. Kept for 30 days after its end.',
})
export class AssetFetchType implements Pick<
  AssetFetch,
  'id' | 'url' | 'received' | 'attempts' | 'line' | 'reason' | 'createdAt' | 'updatedAt'
> {
  @Field(() => ID)
  id!: string;

  @Field(() => AssetFetchKindEnum, { description: 'What the file becomes.' })
  kind!: AssetFetchKind;

  @Field(() => AssetFetchStatusEnum, { description: 'The progress of the fetch.' })
  status!: AssetFetchStatus;

  @Field(() => String, { description: 'The address that is fetched: https://, http:// or s3://bucket/key.' })
  url!: string;

  @Field(() => ActorStub, {
    nullable: true,
    description: 'The owner of the asset when it was asked for, or of the imported assets.',
  })
  owner!: ActorStub | null;

  @Field(() => AssetType, { nullable: true, description: 'The asset whose medium it becomes; null for a catalogue.' })
  asset!: Asset | null;

  @Field(() => MediaType, {
    nullable: true,
    description: 'The medium that it became; the existing one if the asset had a file with the same content.',
  })
  media!: MediaType | null;

  @Field(() => AssetImportType, {
    nullable: true,
    description: 'The run of the import; null for media, and before the first lines were taken in.',
  })
  import!: AssetImportType | null;

  @Field(() => Int, { description: 'Bytes that have arrived; written every 15 seconds and at the end.' })
  received!: number;

  @Field(() => Int, { description: 'Attempts so far; after the fifth a fetch has failed.' })
  attempts!: number;

  @Field(() => DateTime, { nullable: true, description: 'When the next attempt is due; null unless QUEUED.' })
  nextAttemptAt!: Date | null;

  @Field(() => Int, { description: 'The last line taken in of a catalogue; 0 for media.' })
  line!: number;

  @Directive(`@listSize(assumedSize: ${rejectedAtMost})`)
  @Field(() => [AssetImportLineFault], {
    description: `The first lines of a catalogue that were not taken in; at most ${rejectedAtMost}. \`import.rejected\` counts all.`,
  })
  rejected!: AssetImportLineFault[];

  @Field(() => AssetFetchFaultEnum, { nullable: true, description: 'Why the last attempt failed; null if none did.' })
  fault!: AssetFetchFault | null;

  @Field(() => String, { nullable: true, description: 'The same as a sentence for people.' })
  reason!: string | null;

  @Field(() => ActorStub, { nullable: true, description: 'Who asked for it; the bytes count for this account.' })
  createdBy!: ActorStub | null;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime)
  updatedAt!: Date;

  @Field(() => String, { description: 'For `assetFetchProgressed(after:)`: what comes after this answer.' })
  liveCursor!: string;
}

@ObjectType('AssetFetchProgressedEvent', {
  description: 'A fetch was asked for, began, waits for another attempt or ended. The values are those of then.',
})
export class AssetFetchProgressedEvent {
  @Field(() => String, { description: 'For `after`.' })
  cursor!: string;

  @Field(() => String, { description: 'Place in the log; grows by each event.' })
  sequence!: string;

  @Field(() => DateTime)
  occurredAt!: Date;

  @Field(() => AssetFetchType, { nullable: true, description: 'The fetch as it is now; null once it is forgotten.' })
  fetch!: AssetFetch | null;

  @Field(() => AssetFetchStatusEnum, { description: 'The progress of the fetch.' })
  status!: AssetFetchStatus;

  @Field(() => Int, { description: 'Attempts so far.' })
  attempts!: number;

  @Field(() => Int, { description: 'Bytes that had arrived.' })
  received!: number;

  @Field(() => AssetFetchFaultEnum, { nullable: true, description: 'Why the last attempt failed; null if none did.' })
  fault!: AssetFetchFault | null;
}
