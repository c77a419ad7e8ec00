import { isJsonList, isJsonObject } from '../../sdk/json.ts';
import type { GraphResult } from '../../sdk/transport.ts';
import type { Json, JsonObject } from '../../sdk/json.ts';
import type { StoredSession } from './vault.ts';

export const SIGN_IN = /* GraphQL */ `
  mutation ConsoleSignIn($input: SessionSignInInput!) {
    sessionSignIn(input: $input) {
      accessToken
      accessTokenExpiresAt
      refreshToken
      viewer {
        id
        displayName
      }
    }
  }
`;

export const REFRESH = /* GraphQL */ `
  mutation ConsoleRefresh($input: SessionRefreshInput!) {
    sessionRefresh(input: $input) {
      accessToken
      accessTokenExpiresAt
      refreshToken
    }
  }
`;

export const SIGN_OUT = /* GraphQL */ `
  mutation ConsoleSignOut {
    sessionSignOut {
      signedOut
    }
  }
`;

export const VIEWER = /* GraphQL */ `
  query ConsoleViewer {
    viewer {
      id
      displayName
      memberships {
        organization {
          id
          displayName
        }
        role
      }
    }
  }
`;

/** An organization the viewer may act for. */
export interface Membership {
  readonly id: string;
  readonly displayName: string;
  readonly role: string;
}

/** Why a sign-in failed, with the errors of each field. */
export interface SignInFailure {
  readonly message: string;
  readonly email: string | null;
  readonly password: string | null;
}

/** The tokens of a payload, with their expiry by this browser's clock; null if the payload is incomplete. */
export function readTokens(
  payload: Json | undefined,
  clockOffset: number | null,
): Omit<StoredSession, 'viewer'> | null {
  if (!isJsonObject(payload)) return null;
  const { accessToken, accessTokenExpiresAt, refreshToken } = payload;
  if (typeof accessToken !== 'string' || typeof refreshToken !== 'string') return null;
  const ends = typeof accessTokenExpiresAt === 'string' ? Date.parse(accessTokenExpiresAt) : Number.NaN;
  if (Number.isNaN(ends)) return null;
  return { accessToken, refreshToken, expiresAt: ends - (clockOffset ?? 0), receivedAt: Date.now() };
}

export function readMemberships(viewer: JsonObject): Membership[] {
  const { memberships } = viewer;
  if (!isJsonList(memberships)) return [];
  return memberships.flatMap((membership) => {
    if (!isJsonObject(membership) || !isJsonObject(membership['organization'])) return [];
    const { id, displayName } = membership['organization'];
    return [{ id: String(id), displayName: String(displayName ?? id), role: String(membership['role'] ?? '') }];
  });
}

const WORDS: Readonly<Record<string, string>> = {
  UNAUTHENTICATED: 'The e-mail address or the password is wrong.',
  NOT_FOUND: 'The e-mail address or the password is wrong.',
  FORBIDDEN: 'This account may not sign in.',
  TOO_MANY: 'There were too many attempts.',
  UNAVAILABLE: 'Sign-in is not available at the moment. Try again in a moment.',
};

export function signInFailure(result: GraphResult): SignInFailure {
  const error = result.errors?.[0];
  if (!error) return { message: 'The server answered without a session.', email: null, password: null };
  const { code = '', issues = [], retryAfter, incidentId } = error.extensions ?? {};
  const parts = [WORDS[code] ?? error.message];
  if (retryAfter) parts.push(`Try again in ${retryAfter} ${retryAfter === 1 ? 'second' : 'seconds'}.`);
  if (incidentId) parts.push(`Incident ${incidentId}.`);
  const issueAt = (field: string): string | null =>
    issues.find((issue) => [issue.path].flat().at(-1)?.toString().endsWith(field))?.message ?? null;
  return { message: parts.join(' '), email: issueAt('email'), password: issueAt('password') };
}
