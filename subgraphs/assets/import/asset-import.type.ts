import { Field, ID, Int, ObjectType } from 'type-graphql';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import { ActorStub } from '../foreign/actor.ts';
import type { AssetImport } from './asset-import.entity.ts';

@ObjectType('AssetImport', { description: 'One run of an import. Visible to the owners of its assets.' })
export class AssetImportType implements Pick<
  AssetImport,
  'id' | 'source' | 'run' | 'lastLine' | 'created' | 'updated' | 'unchanged' | 'rejected' | 'kept' | 'createdAt'
> {
  @Field(() => ID)
  id!: string;

  @Field(() => ActorStub, { nullable: true, description: 'Whose the assets are.' })
  owner!: ActorStub | null;

  @Field(() => String, { description: 'Where they come from.' })
  source!: string;

  @Field(() => String, { description: 'What the importer calls this run.' })
  run!: string;

  @Field(() => Int, { nullable: true, description: 'How many lines there are in all, when the importer knows.' })
  total!: number | null;

  @Field(() => Int, { description: 'The last line taken in.' })
  lastLine!: number;

  @Field(() => Int, { description: 'Number of new assets.' })
  created!: number;

  @Field(() => Int, { description: 'Number of changed assets.' })
  updated!: number;

  @Field(() => Int, { description: 'Number of lines that changed nothing.' })
  unchanged!: number;

  @Field(() => Int, { description: 'Number of invalid lines.' })
  rejected!: number;

  @Field(() => Int, {
    description: 'Number of fields that keep a value edited by hand although the import has another one.',
  })
  kept!: number;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => DateTime)
  updatedAt!: Date;

  @Field(() => String, { description: 'For `assetImportProgressed(after:)`: what comes after this answer.' })
  liveCursor!: string;
}

@ObjectType('AssetImportLineFault', { description: 'Why a line was not taken in.' })
export class AssetImportLineFault {
  @Field(() => Int, { description: 'The number that the line was sent with.' })
  line!: number;

  @Field(() => String, { nullable: true, description: 'The invalid field.' })
  field!: string | null;

  @Field(() => String, { description: 'For programs: `too_big`, `invalid_format`, `duplicate_line` and the like.' })
  code!: string;

  @Field(() => String, { description: 'What is wrong with the line, for people.' })
  message!: string;
}

@ObjectType('AssetImportProgressedEvent', { description: 'A batch was taken in. The figures are those of the batch.' })
export class AssetImportProgressedEvent {
  @Field(() => String, { description: 'For `after`.' })
  cursor!: string;

  @Field(() => String, { description: 'Place in the log; grows by each event.' })
  sequence!: string;

  @Field(() => DateTime)
  occurredAt!: Date;

  @Field(() => AssetImportType, { nullable: true, description: 'The run as it is now.' })
  import!: AssetImport | null;

  @Field(() => Int, { description: 'The last line taken in by this batch.' })
  lastLine!: number;

  @Field(() => Int, {
    nullable: true,
    description: 'Number of lines of the whole run; null if the importer did not say.',
  })
  total!: number | null;

  @Field(() => Int, { description: 'Number of new assets.' })
  created!: number;

  @Field(() => Int, { description: 'Number of changed assets.' })
  updated!: number;

  @Field(() => Int, { description: 'Number of lines that changed nothing.' })
  unchanged!: number;

  @Field(() => Int, { description: 'Number of invalid lines.' })
  rejected!: number;

  @Field(() => Int, {
    description: 'Number of fields that keep a value edited by hand although the import has another one.',
  })
  kept!: number;
}
