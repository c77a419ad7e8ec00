/** How the results of operations are written into an HTTP response that stays open. */
export interface Framing {
  readonly transport: 'sse' | 'multipart';
  readonly contentType: string;
  /** Sent at once, so that proxies and browsers pass the response on before the first event. */
  readonly opening: string;
  readonly heartbeat: string;
  /** One result, as JSON. `name` is the client's id of the operation where one response carries several. */
  next(payload: string, name: string | null): string;
  /** The errors that ended an operation, as a JSON list. */
  failure(errors: string, name: string | null): string;
  complete(name: string | null): string;
  /** Sent before the response ends. */
  readonly closing: string;
}

/** The protocol of graphql-sse. Its clients know the events `next` and `complete` only, so an error is a result without data. */
export const eventStream: Framing = {
  transport: 'sse',
  contentType: 'text/event-stream; charset=utf-8',
  opening: ':\n\n',
  heartbeat: ':\n\n',
  next: (payload, name) =>
    name === null
      ? `event: next\ndata: ${payload}\n\n`
      : `event: next\ndata: {"id":${JSON.stringify(name)},"payload":${payload}}\n\n`,
  failure: (errors, name) => eventStream.next(`{"errors":${errors}}`, name),
  // Without data a browser's EventSource would not dispatch the event.
  complete: (name) => `event: complete\ndata:${name === null ? '' : ` ${JSON.stringify({ id: name })}`}\n\n`,
  closing: '',
};

const boundary = 'graphql';

/** A part ends with the boundary of the next one, so that a client need not wait for that. */
function part(body: string): string {
  return `\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${body}\r\n--${boundary}`;
}

/** Apollo's protocol for subscriptions, version 1.0: an error outside of `payload` ends the subscription. */
export const multipart: Framing = {
  transport: 'multipart',
  contentType: `multipart/mixed; boundary="${boundary}"; subscriptionSpec="1.0"`,
  opening: `\r\n--${boundary}`,
  heartbeat: part('{}'),
  next: (payload) => part(`{"payload":${payload}}`),
  failure: (errors) => part(`{"payload":null,"errors":${errors}}`),
  complete: () => '',
  closing: '--\r\n',
};
