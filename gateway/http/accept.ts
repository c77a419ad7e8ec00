import type { IncomingMessage } from 'node:http';
import Negotiator from 'negotiator';
import { header } from '../authentication/client.ts';
import { GatewayError } from '../errors.ts';

/** The forms of a whole answer, by their media types. The first is the default. */
const whole = {
  json: 'application/json; charset=utf-8',
  response: 'application/graphql-response+json; charset=utf-8',
} as const;
export type WholeForm = keyof typeof whole;

/** The form of a whole answer that a client prefers; `null` if it accepts none. */
export function wholeForm(request: IncomingMessage): WholeForm | null {
  const accept = header(request, 'accept');
  if (accept === null) return 'json';
  const type = new Negotiator({ headers: { accept } }).mediaType(Object.values(whole));
  return (Object.keys(whole) as WholeForm[]).find((form) => whole[form] === type) ?? null;
}

export function mediaTypeOf(form: WholeForm): string {
  return whole[form];
}

/** 406: the client accepts no form of our answers. */
export function notAcceptable(): GatewayError {
  return new GatewayError(
    'BAD_QUERY',
    'accept: must allow application/graphql-response+json or application/json.',
    {},
    406,
  );
}
