import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { Reads } from '../../../platform/access/declare.ts';
import type { Context } from '../../../platform/context/context.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import type { FilterInput } from '../../../platform/nouns/filter.ts';
import type { Connection } from '../../../platform/nouns/noun.ts';
import { LimitSorts, PageArgs } from '../../../platform/nouns/page.ts';
import type { AccountMail } from './account-mail.entity.ts';
import { accountMails } from './account-mail.query.ts';
import { AccountMailType } from './account-mail.type.ts';

@ArgsType()
export class AccountMailsArgs extends PageArgs {
  @Field(() => accountMails.Filter, { nullable: true, description: 'Conditions on the mails; all of them if absent.' })
  filter?: FilterInput;

  @Field(() => [accountMails.Sort], { nullable: true, description: 'At most four. Default: newest first.' })
  @LimitSorts
  sort?: string[];
}

@Resolver(() => AccountMailType)
export class AccountMailResolver {
  @Reads('identity.accountMail.list')
  @Query(() => AccountMailType, {
    nullable: true,
    description:
      'A mail about an account by its id, for operators. Null if it does not exist; mails are deleted 30 days after they were created. Errors: UNAUTHENTICATED, FORBIDDEN, INVALID for an id of another kind.',
  })
  accountMail(
    @Arg('id', () => ID, { description: 'Id of the mail: `aml_…`.' }) id: string,
    @Ctx() context: Context,
  ): Promise<AccountMail | null> {
    return accountMails.load(context, checkId(id, 'aml', ['id']));
  }

  @Reads('identity.accountMail.list')
  @Query(() => accountMails.Connection, {
    description:
      'Mails about accounts, the newest first, for operators: `filter: { status: { eq: FAILED } }` are those that could not be delivered. Kept for 30 days. Errors: FORBIDDEN, INVALID.',
  })
  accountMails(
    @Args(() => AccountMailsArgs) args: AccountMailsArgs,
    @Ctx() context: Context,
  ): Promise<Connection<AccountMail>> {
    return accountMails.list(context, args);
  }

  @FieldResolver()
  nextAttemptAt(@Root() mail: AccountMail): Date | null {
    return mail.status === 'WAITING' ? mail.nextAt : null;
  }
}
