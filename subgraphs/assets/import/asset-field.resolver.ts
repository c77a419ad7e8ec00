import { ArrayMaxSize, ArrayMinSize, IsIn, MaxLength, Min } from 'class-validator';
import {
  Arg,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  registerEnumType,
  Resolver,
  Root,
} from 'type-graphql';
import { Writes } from '../../../platform/access/declare.ts';
import { isOperator } from '../../../platform/access/permission.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import { DateTime, JsonValue } from '../../../platform/scalars/scalars.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { ownersOf } from '../asset/asset.policy.ts';
import { AssetType } from '../asset/asset.type.ts';
import { assetFieldRestored } from '../events.ts';
import { actorStub, ActorStub } from '../foreign/actor.ts';
import { assetFieldRestore } from './asset-field.service.ts';
import { importedFieldNames, type HandEdit, type ImportedField } from './imported-fields.ts';

export const AssetFieldEnum = Object.fromEntries(importedFieldNames.map((field) => [field, field])) as Record<
  ImportedField,
  ImportedField
>;
registerEnumType(AssetFieldEnum, {
  name: 'AssetField',
  description: 'A field of an asset that an import may write. STRUCTURE is the structure with its type.',
  valuesConfig: Object.fromEntries(
    importedFieldNames.map((field) => [
      field,
      { description: `The ${field.toLowerCase().replaceAll('_', ' ')} of the asset.` },
    ]),
  ),
});

@ObjectType('AssetHandEdit', {
  description: 'A field of an imported asset that was edited by hand. Imports do not change it.',
})
export class AssetHandEditType {
  @Field(() => AssetFieldEnum, { description: 'The field that was set by hand.' })
  field!: ImportedField;

  @Field(() => ActorStub, {
    nullable: true,
    description: 'Who set it last. Null where that was before the asset was the viewer’s.',
  })
  editedBy!: ActorStub | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was set last. Null where `editedBy` is.' })
  editedAt!: Date | null;

  @Field(() => JsonValue, {
    nullable: true,
    description:
      'The values of the last import, by the name of each column of the field. Null if somebody else’s import wrote them.',
  })
  imported!: unknown;
}

@InputType('AssetFieldRestoreInput')
export class AssetFieldRestoreInput {
  @Field(() => ID, { description: 'The asset whose fields are restored.' })
  @MaxLength(40)
  assetId!: string;

  @Field(() => [AssetFieldEnum], { description: 'Which fields; those that were not set by hand stay as they are.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(importedFieldNames.length)
  @IsIn(importedFieldNames, { each: true })
  fields!: ImportedField[];

  @Field(() => Int, { nullable: true, description: 'Refuses with CONFLICT when the asset has another version.' })
  @Min(1)
  ifVersion?: number | null;
}

@ObjectType('AssetFieldRestorePayload')
export class AssetFieldRestorePayload {
  @Field(() => AssetType)
  asset!: Asset;
}

@Resolver(() => AssetType)
export class AssetFieldResolver {
  @Directive(`@listSize(assumedSize: ${importedFieldNames.length})`)
  @FieldResolver(() => [AssetHandEditType], {
    description: `Fields of an imported asset that were set by hand, which imports therefore leave as they are. For its owners; empty for others. At most ${importedFieldNames.length}, one for each field.`,
  })
  handEdits(@Root() asset: Asset, @Ctx() { actor, system }: Context): AssetHandEditType[] {
    const all = system || isOperator(actor) || actor.platformRoles.includes('AUDITOR');
    const owners = ownersOf(actor);
    const mine = (id: string | null | undefined): boolean => all || (!!id && owners.includes(id));
    if (!mine(asset.ownerId)) return [];
    return importedFieldNames.flatMap((field) => {
      const edit: HandEdit | undefined = asset.handEdits[field];
      if (!edit) return [];
      const known = mine(edit.ownerId);
      return [
        {
          field,
          editedBy: known ? actorStub(edit.by) : null,
          editedAt: known ? new Date(edit.at) : null,
          imported: mine(asset.importedFor) ? edit.imported : null,
        },
      ];
    });
  }

  @Writes('assets.assetField.restore', { facts: [assetFieldRestored] })
  @Mutation(() => AssetFieldRestorePayload, {
    description:
      'Reverts fields that were edited by hand to the values of the last import; later imports update them again. Idempotent. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for another version, for an asset that no import of its owner writes, and for a kind that does not fit the structure.',
  })
  assetFieldRestore(
    @Arg('input', () => AssetFieldRestoreInput) input: AssetFieldRestoreInput,
  ): Run<AssetFieldRestorePayload> {
    checkId(input.assetId, 'ast', ['input', 'assetId']);
    return run(async (tx) => ({ asset: await assetFieldRestore(tx, input) }));
  }
}
