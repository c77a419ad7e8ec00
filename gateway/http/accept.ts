import type { IncomingMessage } from 'node:http';
import type { OperationTypeNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import Negotiator from 'negotiator';
import { header } from '../authentication/client.ts';
import { badQuery, GatewayError } from '../errors.ts';
import { eventStream, multipart, type Framing } from '../subscriptions/framing.ts';

/** The forms of a whole answer, by their media types. The first is the default. */
const whole = {
  json: 'application/json; charset=utf-8',
  response: 'application/graphql-response+json; charset=utf-8',
} as const;
export type WholeForm = keyof typeof whole;
export type Form = WholeForm | Framing;

/** The forms of an answer that stays open. A client must name them: a wildcard does not mean that it can read them. */
const streams = [
  { framing: eventStream, named: /text\/event-stream/i, type: eventStream.contentType },
  // Not any multipart/mixed: other versions have other parts. Negotiation compares the parameters, too.
  { framing: multipart, named: /subscriptionspec/i, type: 'multipart/mixed; boundary=graphql; subscriptionspec=1.0' },
];

/** Forms by kind and header: clients send a few headers again and again. Browsers' own have about a hundred characters. */
const known = new LRUCache<string, Form>({ max: 200 });
const longestKnown = 500;

/** The form in which a client prefers the answer to an operation, if its kind is known. Throws BAD_QUERY when none fits. */
export function formOf(request: IncomingMessage, kind: OperationTypeNode | null): Form {
  const accept = header(request, 'accept') ?? '*/*';
  const key = `${kind} ${accept}`;
  let form = known.get(key);
  if (!form) {
    form = negotiated(accept, kind);
    if (key.length <= longestKnown) known.set(key, form);
  }
  return form;
}

function negotiated(accept: string, kind: OperationTypeNode | null): Form {
  const open = streams.filter(({ named }) => named.test(accept));
  const framing = (type: string | undefined) => open.find((stream) => stream.type === type)?.framing ?? null;
  const preferred = (types: readonly string[]) => new Negotiator({ headers: { accept } }).mediaType(types);
  const openTypes = open.map(({ type }) => type);
  if (kind === 'subscription') {
    const form = framing(preferred(openTypes));
    if (!form) throw overStream();
    return form;
  }
  // Multipart is a protocol for subscriptions, whose clients accept JSON for everything else.
  const type = preferred(
    [...Object.values(whole), eventStream.contentType].filter(
      (each) => each !== eventStream.contentType || openTypes.includes(each),
    ),
  );
  const form = wholeOf(type) ?? framing(type ?? preferred(openTypes));
  if (!form) throw notAcceptable();
  return form;
}

/** The form of a whole answer that a client prefers; the default if it accepts none. */
export function wholeForm(request: IncomingMessage): WholeForm {
  const accept = header(request, 'accept') ?? '*/*';
  return wholeOf(new Negotiator({ headers: { accept } }).mediaType(Object.values(whole))) ?? 'json';
}

export function mediaTypeOf(form: WholeForm): string {
  return whole[form];
}

function wholeOf(type: string | undefined): WholeForm | null {
  return (Object.keys(whole) as WholeForm[]).find((form) => whole[form] === type) ?? null;
}

function notAcceptable(): GatewayError {
  return new GatewayError(
    'BAD_QUERY',
    'accept: must allow application/graphql-response+json, application/json or text/event-stream.',
    {},
    406,
  );
}

function overStream(): GatewayError {
  return badQuery(
    'Subscriptions run over WebSocket at /graphql (protocol graphql-transport-ws), or over HTTP with the header accept: text/event-stream or multipart/mixed;subscriptionSpec=1.0.',
  );
}
