import { Directive, Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { enumKind } from '../../../platform/nouns/filter.ts';
import { BigIntString, DateTime } from '../../../platform/scalars/scalars.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { AssetType } from '../asset/asset.type.ts';
import { ActorStub } from '../foreign/actor.ts';
import { enumOf } from '../structure/structure.type.ts';
import {
  recordFetchKinds,
  recordFetchStatuses,
  type AssetRecordFetch,
  type FetchKind,
  type FetchStatus,
} from './asset-record-fetch.entity.ts';
import { fetchProblemCodes, fetchProblems, type FetchProblem, type FetchProblemCode } from './problems.ts';

export const AssetRecordFetchKindEnum = enumOf(recordFetchKinds);
registerEnumType(AssetRecordFetchKindEnum, {
  name: 'AssetRecordFetchKind',
  description: 'From where an asset is fetched.',
  valuesConfig: {
    TOKEN: { description: 'A token of a blockchain, read from a node of the chain.' },
    PAGE: { description: 'A web page, by what it says of itself for machines.' },
  },
});
export const AssetRecordFetchStatusEnum = enumOf(recordFetchStatuses);
export const assetRecordFetchStatusFilter = enumKind(
  AssetRecordFetchStatusEnum,
  'AssetRecordFetchStatus',
  'How far a fetch is.',
  {
    QUEUED: 'Waits for its turn, or for the next attempt.',
    RUNNING: 'Is being read.',
    DONE: 'The asset is there; `notes` say what is missing of it.',
    FAILED: 'Nothing was fetched; `problem` says why. It can be asked for again.',
  },
);
const ProblemCode = enumOf(fetchProblemCodes);
registerEnumType(ProblemCode, {
  name: 'AssetRecordFetchProblemCode',
  description: 'Why nothing was fetched, or what is missing of what was.',
  valuesConfig: Object.fromEntries(fetchProblemCodes.map((code) => [code, { description: fetchProblems[code] }])),
});

@ObjectType('AssetRecordFetchProblem', { description: 'Why nothing was fetched, or what is missing of what was.' })
export class AssetRecordFetchProblemType implements FetchProblem {
  @Field(() => ProblemCode, { description: 'The kind of problem, for programs.' })
  code!: FetchProblemCode;

  @Field(() => String, { description: 'What is wrong, for people.' })
  message!: string;
}

@ObjectType('AssetRecordFetch', {
  description:
    'Something that is brought in from outside as an asset: requested, done by a worker, and refreshed when it is requested again. Visible to its owners.',
})
export class AssetRecordFetchType implements Pick<
  AssetRecordFetch,
  'id' | 'kind' | 'source' | 'reference' | 'status' | 'attempts'
> {
  @Field(() => ID)
  id!: string;

  @Field(() => ActorStub, { nullable: true, description: 'The owner of the asset to be.' })
  owner!: ActorStub | null;

  @Field(() => ActorStub, { nullable: true, description: 'The actor who requested it last.' })
  requestedBy!: ActorStub | null;

  @Field(() => AssetRecordFetchKindEnum, { description: 'From where it is fetched.' })
  kind!: FetchKind;

  @Field(() => String, { description: 'The source: the chain, such as "eip155:1" (CAIP-2), or the host of the page.' })
  source!: string;

  @Field(() => String, {
    description:
      'The thing at the source: of a token its contract, in lower case, and its id, as "0x…/1"; of a page its address.',
  })
  reference!: string;

  @Field(() => AssetRecordFetchStatusEnum, { description: 'How far it is.' })
  status!: FetchStatus;

  @Field(() => Int, {
    description: 'Attempts since it was requested last; at most 8, in about four minutes.',
  })
  attempts!: number;

  @Field(() => AssetType, {
    nullable: true,
    description: 'The asset; null until the first successful fetch, or if the viewer can no longer see it.',
  })
  asset!: Asset | null;

  @Field(() => AssetRecordFetchProblemType, { nullable: true, description: 'Why it FAILED; null otherwise.' })
  problem!: FetchProblem | null;

  @Directive('@listSize(assumedSize: 10)')
  @Field(() => [AssetRecordFetchProblemType], { description: 'What is missing of the asset; at most 10.' })
  notes!: FetchProblem[];

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime)
  updatedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was DONE or FAILED last; null until then.' })
  finishedAt!: Date | null;

  @Field(() => String, { description: 'For `assetRecordFetchFinished(after:)`: what comes after this answer.' })
  liveCursor!: string;
}

@ObjectType('AssetTokenReading', {
  description:
    'What a blockchain said of a token when it was read last, all at one block. It proves nothing about the owner of the asset: nobody has shown that the owner controls one of these addresses. Nobody can edit it; `structure` can be edited.',
})
export class AssetTokenReadingType {
  @Field(() => String, { description: 'The token by CAIP-19: chain, standard, contract and token id.' })
  caip19!: string;

  @Field(() => BigIntString, { description: 'The number of the block that was read.' })
  blockNumber!: string;

  @Field(() => DateTime, { description: 'When that block was made.' })
  blockAt!: Date;

  @Field(() => Boolean, {
    description:
      'Whether the chain calls the block final. Otherwise it lay 64 blocks below the newest one, and a reorganization could still undo it.',
  })
  isFinalized!: boolean;

  @Field(() => String, {
    nullable: true,
    description:
      'The address that owned the token on the chain (ERC-721). Not proved to be the owner of the asset. Null for ERC-1155, which names no owner.',
  })
  ownerAddress!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The address whose balance was asked for (ERC-1155). Not proved to be the owner of the asset. Null if none was.',
  })
  holderAddress!: string | null;

  @Field(() => BigIntString, {
    nullable: true,
    description: 'How many of the token that address had; null if unknown.',
  })
  holderBalance!: string | null;

  @Field(() => String, { nullable: true, description: 'The name that the contract gives itself; null if none.' })
  contractName!: string | null;

  @Field(() => String, { nullable: true, description: 'The symbol of the contract; null if none.' })
  contractSymbol!: string | null;

  @Field(() => BigIntString, {
    nullable: true,
    description: 'How many of the token there were (ERC-1155); null if unknown.',
  })
  supply!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Where the contract says that the metadata is; null if nowhere, and for more than 2,000 characters, as of a `data:` address that holds a picture: it is read and not kept.',
  })
  metadataUri!: string | null;
}

@ObjectType('AssetRecordFetchFinishedEvent', { description: 'A fetch was done or failed.' })
export class AssetRecordFetchFinishedEvent {
  @Field(() => String, { description: 'For `after`.' })
  cursor!: string;

  @Field(() => String, { description: 'Place in the log; grows by each event.' })
  sequence!: string;

  @Field(() => DateTime)
  occurredAt!: Date;

  @Field(() => AssetRecordFetchType, { nullable: true, description: 'The fetch as it is now.' })
  fetch!: AssetRecordFetch | null;

  @Field(() => AssetRecordFetchStatusEnum, { description: 'DONE or FAILED.' })
  status!: FetchStatus;
}
