import { request, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { until, type World } from './world.ts';

/** An HTTP response that stays open, read as bytes and taken apart by hand: no client library hides what was sent. */
export interface OpenResponse {
  status: number;
  headers: IncomingHttpHeaders;
  response: IncomingMessage;
  text(): string;
  /** Whether the server has ended the response; `cut` if it broke off. */
  ended(): false | 'ended' | 'cut';
  /** Disconnects. */
  leave(): void;
}

export interface StreamOptions {
  method?: string;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: unknown;
  /** The path and parameters; `/graphql` by default. */
  path?: string;
  /** Leaves what arrives in the buffers between the processes. */
  unread?: boolean;
}

export function openResponse(world: Pick<World, 'url'>, options: StreamOptions = {}): Promise<OpenResponse> {
  const { port } = new URL(world.url);
  const { body, headers, path = '/graphql' } = options;
  return new Promise((resolve, reject) => {
    const sent: ClientRequest = request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: options.method ?? (body === undefined ? 'GET' : 'POST'),
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        agent: false,
      },
      (response) => {
        let text = '';
        let ended: false | 'ended' | 'cut' = false;
        response.setEncoding('utf8');
        if (!options.unread) response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => (ended = 'ended'));
        response.on('error', () => undefined);
        response.on('close', () => (ended ||= 'cut'));
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          response,
          text: () => text,
          ended: () => ended,
          leave: () => sent.destroy(),
        });
      },
    );
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

export interface SentEvent {
  event: string;
  data: unknown;
}

/** The events of an event stream so far, without comments. */
export function eventsIn(text: string): SentEvent[] {
  return text
    .split('\n\n')
    .slice(0, -1)
    .flatMap((block) => {
      const lines = block.split('\n').filter((line) => line !== '' && !line.startsWith(':'));
      if (lines.length === 0) return [];
      const field = (name: string) =>
        lines
          .find((line) => line.startsWith(`${name}:`))
          ?.slice(name.length + 1)
          .trim();
      const data = field('data') ?? '';
      return [{ event: field('event') ?? '', data: data === '' ? null : (JSON.parse(data) as unknown) }];
    });
}

/** Number of comments in an event stream. */
export function commentsIn(text: string): number {
  return text.split('\n').filter((line) => line.startsWith(':')).length;
}

export interface Part {
  headers: string;
  body: Record<string, unknown>;
}

/** The complete parts of a multipart response so far, and whether its last boundary has arrived. */
export function partsIn(text: string): { parts: Part[]; isClosed: boolean } {
  const [, ...pieces] = text.split('\r\n--graphql');
  const last = pieces.pop() ?? '';
  const parts = pieces.map((piece) => {
    const [headers = '', body = ''] = piece.split('\r\n\r\n');
    return { headers: headers.trim(), body: JSON.parse(body) as Record<string, unknown> };
  });
  return { parts, isClosed: last.startsWith('--') };
}

export interface Stream extends OpenResponse {
  events(): SentEvent[];
}

/** Asks for an event stream of one operation. */
export async function openEvents(
  world: World,
  query: string,
  { variables, headers }: { variables?: Record<string, unknown>; headers?: Record<string, string> } = {},
): Promise<Stream> {
  const opened = await openResponse(world, {
    body: { query, variables },
    headers: { accept: 'text/event-stream', ...headers },
  });
  return { ...opened, events: () => eventsIn(opened.text()) };
}

/** Waits for the end of an event stream. */
export async function ending(stream: Stream): Promise<SentEvent[]> {
  await until(() => stream.ended() !== false, 'the end of the stream');
  return stream.events();
}
