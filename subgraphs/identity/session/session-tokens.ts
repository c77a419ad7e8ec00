import { openInterface } from '../../../platform/declare/open-interface.ts';
import type { OutputFields } from '../../../platform/declare/output.ts';
import type { Actor } from '../actor/actor.entity.ts';
import type { AccessToken } from '../signing/signing.service.ts';
import { Viewer } from '../viewer/viewer.ts';
import type { Session } from './session.entity.ts';
import { sessions } from './session.noun.ts';

export interface TokenPair extends AccessToken {
  session: Session;
  refreshToken: string;
  viewer: Actor;
}

export const SessionTokens = openInterface(
  'SessionTokens',
  'Tokens of a session, to be kept by the client.',
  (f: OutputFields<TokenPair>) => ({
    accessToken: f.text('Goes into `authorization: Bearer …`. An EdDSA JWT, good for ten minutes.'),
    accessTokenExpiresAt: f.time('When the access token expires: ten minutes after it was issued.'),
    refreshToken: f.text(
      'Can be used once, for `sessionRefresh`, within 30 days. Using one again after 30 seconds ends the session.',
    ),
    session: f.row(() => sessions, 'The session to which the tokens belong.'),
    viewer: f.object(Viewer, 'The person who is signed in.'),
  }),
);
