import { Directive, Field, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { AssetType } from '../asset/asset.type.ts';
import { ActorStub } from '../foreign/actor.ts';
import { enumOf } from '../structure/structure.type.ts';
import { indexingProblemCodes, type IndexingProblem, type IndexingProblemCode } from './problems.ts';

/** A structure has twenty told faults at most, and there are three other problems. */
const problemsAtMost = 25;

const ProblemCode = enumOf(indexingProblemCodes);
registerEnumType(ProblemCode, {
  name: 'AssetIndexingProblemCode',
  description: 'Why a draft is not indexed yet.',
  valuesConfig: {
    STRUCTURE_INVALID: { description: 'The structure does not match the newest schema of its type; change it.' },
    UPLOAD_UNFINISHED: {
      description: 'A file is still being uploaded, fetched or inspected. It is checked again by itself.',
    },
    VECTOR_PENDING: { description: 'The vector for similar assets is being made. It is checked again by itself.' },
    VECTOR_MISSING: { description: 'The embedding model refused the texts, or failed too often; change the texts.' },
  },
});

@ObjectType('AssetIndexingProblem', { description: 'One thing that keeps a draft from being indexed.' })
export class AssetIndexingProblemType implements IndexingProblem {
  @Field(() => ProblemCode, { description: 'The kind of problem, for programs.' })
  code!: IndexingProblemCode;

  @Directive('@listSize(assumedSize: 10)')
  @Field(() => [String], {
    description:
      'The path of the field of the asset to change, such as ["structure", "isrc"]; empty if no field is wrong.',
  })
  path!: string[];

  @Field(() => String, { description: 'What is missing, for people.' })
  message!: string;
}

@ObjectType('AssetIndexing', { description: 'A draft that is to be indexed, and what is missing so far.' })
export class AssetIndexingType {
  @Field(() => ActorStub, { nullable: true, description: 'The actor who asked for it.' })
  requestedBy!: ActorStub | null;

  @Field(() => DateTime, { description: 'When it was asked for.' })
  requestedAt!: Date;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the draft was last checked; null before the first check.',
  })
  checkedAt!: Date | null;

  @Directive(`@listSize(assumedSize: ${problemsAtMost})`)
  @Field(() => [AssetIndexingProblemType], {
    description: 'What was missing at the last check; at most 25. Empty before the first check.',
  })
  problems!: IndexingProblem[];
}

@ObjectType('AssetIndexedEvent', { description: 'A draft was indexed, or cannot be indexed until it is changed.' })
export class AssetIndexedEvent {
  @Field(() => String, { description: 'For `after`.' })
  cursor!: string;

  @Field(() => String, { description: 'Place in the log; grows by each event.' })
  sequence!: string;

  @Field(() => DateTime)
  occurredAt!: Date;

  @Field(() => AssetType, { nullable: true, description: 'The asset as it is now.' })
  asset!: Asset | null;

  @Field(() => Boolean, { description: 'Whether the asset was indexed; otherwise `problems` says what is missing.' })
  indexed!: boolean;

  @Directive(`@listSize(assumedSize: ${problemsAtMost})`)
  @Field(() => [AssetIndexingProblemType], {
    description: 'What has to be changed before the draft can be indexed; at most 25. Empty if it was indexed.',
  })
  problems!: IndexingProblem[];
}
