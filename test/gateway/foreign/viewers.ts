import { expect } from 'vitest';
import type { IssuerServer } from './issuer-server.ts';

/** The header of a viewer with these claims. */
export const bearer = async (issuer: IssuerServer, claims: object) => ({
  authorization: `Bearer ${await issuer.token({ sub: 'ann', ...claims })}`,
});

/** The errors of fields that a viewer may not see. */
export const refused = (...paths: string[]) =>
  paths.map((path) => ({
    message: expect.stringMatching(/^You may not see this/),
    path: path.split('.'),
    extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE', retryable: false },
  }));
