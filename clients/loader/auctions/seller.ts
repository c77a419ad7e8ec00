import { scryptSync } from 'node:crypto';
import { LoaderFault } from '../fault.ts';
import type { Credentials, GraphClient } from '../graph/client.ts';
import { GraphError } from '../graph/errors.ts';
import type { Viewer } from '../owner.ts';
import { addressOf } from './bidders.ts';

export const userCreate = /* GraphQL */ `
  mutation LoaderUserCreate($input: UserCreateInput!) {
    userCreate(input: $input) {
      user {
        id
      }
    }
  }
`;

/**
 * The account that sells what was recorded. Nobody bids on the own lots, and whoever acts for the bidders would be the seller if it
 * also put the lots up: so an account sells that acts for nobody. Its password follows from the operator's, so that the next
 * start signs in again and nothing has to be kept; its address ends in `.invalid`, where no mail arrives.
 */
export async function sellerOf(
  operator: GraphClient,
  viewer: Viewer,
  credentials: Credentials,
  displayName: string,
): Promise<{ email: string; password: string }> {
  const email = addressOf('recorded-auctions', `${displayName} of ${viewer.id}`);
  const secret = 'password' in credentials ? credentials.password : credentials.actorKey;
  const password = scryptSync(secret, email, 32).toString('base64url');
  try {
    await operator.send(userCreate, { input: { email, password, displayName } });
  } catch (error) {
    if (!(error instanceof GraphError) || !['CONFLICT', 'FORBIDDEN'].includes(error.details.code)) throw error;
    if (error.details.code === 'FORBIDDEN')
      throw new LoaderFault(`Auctions are replayed by an operator, who bids on behalf of others. ${error.message}`, {
        cause: error,
      });
    // It was made by an earlier start.
  }
  return { email, password };
}

/** Who is signed in as the seller; a fault when the operator's password is another one than at the first start. */
export async function signedInAs(seller: Promise<Viewer>, displayName: string): Promise<Viewer> {
  try {
    return await seller;
  } catch (error) {
    if (!(error instanceof GraphError) || error.details.code !== 'UNAUTHENTICATED') throw error;
    throw new LoaderFault(
      `The seller "${displayName}" was made under another password of the operator. Give another --seller.`,
      { cause: error },
    );
  }
}
