import { Ctx, Query, Resolver } from 'type-graphql';
import { Reads } from '../../../platform/access/declare.ts';
import type { Context } from '../../../platform/context/context.ts';
import { DateTime } from '../../../platform/scalars/scalars.ts';

@Resolver()
export class TimeResolver {
  @Reads('public')
  @Query(() => DateTime, { description: 'The server’s time, for clients that count down to a deadline.' })
  serverTime(@Ctx() context: Context): Date {
    return context.now();
  }
}
