import type { IncomingMessage } from 'node:http';
import type { RawData } from 'ws';
import type { Presented } from '../authentication/authentication.ts';

/** The credentials in `connection_init`, or else in the headers of the upgrade. */
export function presentedBy(
  params: Record<string, unknown>,
  request: IncomingMessage,
): Presented & { actingFor: string | null } {
  const said = (names: string[], header: string): string | null => {
    for (const name of names) if (typeof params[name] === 'string' && params[name] !== '') return params[name];
    const value = request.headers[header];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  return {
    authorization: said(['authorization', 'Authorization'], 'authorization'),
    universe: said(['universe'], 'universe'),
    actingFor: said(['actingFor', 'acting-for'], 'acting-for'),
  };
}

/** A message as text. */
export function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
