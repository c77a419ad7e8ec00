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
  'Tokens of a session, to be stored by the client.',
  (f: OutputFields<TokenPair>) => ({
    accessToken: f.text('Access token for `authorization: Bearer …`: an EdDSA JWT, valid for ten minutes.'),
    accessTokenExpiresAt: f.time('When the access token expires: ten minutes after it was issued.'),
    refreshToken: f.text(
      'Refresh token for `sessionRefresh`; can be used once, within 30 days. Using it again later than 30 seconds after the first time ends the session.',
    ),
    session: f.row(() => sessions, 'The session to which the tokens belong.'),
    viewer: f.object(Viewer, 'The person who is signed in.'),
  }),
);
