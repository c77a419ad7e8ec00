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
 * The account that sells the recorded lots. Sellers may not bid on their own lots, and neither may anybody who acts for them, so the
 * seller is an account that acts for no bidder. Its password is derived from the operator's, so that the next start signs in again
 * without storing anything; its address ends in `.invalid`, where no mail arrives.
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
      throw new LoaderFault(`Only an operator can replay auctions, bidding on behalf of others. ${error.message}`, {
        cause: error,
      });
    // CONFLICT: an earlier start created it.
  }
  return { email, password };
}

/** The signed-in seller; a fault if the operator's password has changed since the first start. */
export async function signedInAs(seller: Promise<Viewer>, displayName: string): Promise<Viewer> {
  try {
    return await seller;
  } catch (error) {
    if (!(error instanceof GraphError) || error.details.code !== 'UNAUTHENTICATED') throw error;
    throw new LoaderFault(
      `The seller "${displayName}" was created under another password of the operator. Choose another --seller.`,
      { cause: error },
    );
  }
}
