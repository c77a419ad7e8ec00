import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP, type Socket } from 'node:net';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { assertOutside } from '../database/guard.ts';
import { Pace } from '../work/pace.ts';
import { isOwnAddress, isPublicAddress } from './addresses.ts';
import { waitOf } from './retry-after.ts';

/** Redirects followed: a short link and a change of scheme or host. */
const redirectsAtMost = 3;
/** Milliseconds to connect, to the start of the answer, and between two chunks of it. */
const connectPatience = 10_000;
const answerPatience = 20_000;
const silence = 30_000;
/** Milliseconds for one call with all its redirects and its whole body: 1 GiB at 600 KiB a second. */
const patience = 1_800_000;
/** Connections to one server at most. */
const connectionsEach = 4;
/** Characters of a URL at most, a length that browsers and proxies accept. */
export const longestUrl = 2_000;

/** Permission to call an address. */
export interface Permitted {
  /** Whether it may be in a private network. Otherwise it must be public. */
  isInternal: boolean;
}

export interface Ask {
  /** Decides whether an address may be called, for the first one and for each redirect. Null refuses. */
  permits: (url: URL) => Permitted | null;
  method?: 'GET' | 'POST';
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** Bytes of the answer at most. */
  sizeAtMost: number;
  signal?: AbortSignal;
}

export interface OutgoingAnswer {
  /** The bytes as they arrive. Ends with an `OutgoingFault` if they are too many, too slow or cut off. */
  body: AsyncGenerator<Buffer>;
  /** Bytes announced by the server: a hint, not a promise. Null if it announces nothing. */
  announced: number | null;
  /** The address that answered, after redirects. */
  url: URL;
  /** Discards the answer. */
  cancel(): void;
}

/**
 * Why a call failed. `UNREACHABLE` covers everything before an answer, including names that resolve to private addresses, so that
 * trying addresses reveals nothing about the internal network.
 */
export type OutgoingCode =
  | 'NOT_ALLOWED'
  | 'REDIRECT_NOT_ALLOWED'
  | 'UNREACHABLE'
  | 'STATUS'
  | 'ENCODED'
  | 'TOO_LARGE'
  | 'TOO_SLOW';

export class OutgoingFault extends Error {
  override name = 'OutgoingFault';
  readonly code: OutgoingCode;
  readonly status: number | null;
  /** Whether a retry may succeed: for 429, 5xx, and a source that is unreachable, slow or breaks off. */
  readonly retryable: boolean;
  /** Milliseconds that the server asks to wait. */
  readonly retryAfter: number | null;

  constructor(
    code: OutgoingCode,
    message: string,
    more: { status?: number; retryAfter?: number | null; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    const { status = null, retryAfter = null } = more;
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
    this.retryable =
      code === 'UNREACHABLE' ||
      code === 'TOO_SLOW' ||
      (code === 'STATUS' && status !== null && (status === 429 || status >= 500));
  }
}

export interface OutgoingOptions {
  /** Resolves names; by default the system's resolver. */
  lookup?: Lookup;
  /** Decides which addresses are public; by default according to IANA's registries. */
  isPublic?: (address: string) => boolean;
  /** Milliseconds, for measuring the pace. */
  now?: () => number;
}

type Lookup = (
  hostname: string,
  options: LookupOptions & { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Calls to servers that users name, such as the address of a picture. Only addresses permitted by the caller are called, each
 * redirect checked again. The address is checked at connection time, so that DNS rebinding cannot lead elsewhere. No cookies or
 * credentials are sent unless the caller adds them. Never within a transaction.
 */
export class Outgoing {
  readonly #public: Agent;
  readonly #internal: Agent;
  readonly #now: () => number;

  constructor(options: OutgoingOptions = {}) {
    const { lookup = systemLookup as Lookup, isPublic = isPublicAddress, now = () => performance.now() } = options;
    this.#now = now;
    this.#public = agent(lookup, isPublic);
    this.#internal = agent(lookup, (address) => isPublic(address) || isOwnAddress(address));
  }

  /** Sends the request and resolves when the body begins. Rejects with `OutgoingFault`, or with the signal's reason. */
  async ask(url: URL, ask: Ask): Promise<OutgoingAnswer> {
    assertOutside(`${ask.method ?? 'GET'} ${url.origin}`);
    const late = AbortSignal.timeout(patience);
    const signal = ask.signal ? AbortSignal.any([ask.signal, late]) : late;
    let at = url;
    let isInside = true;
    for (let redirects = 0; ; redirects += 1) {
      const permitted = plain(at) ? ask.permits(at) : null;
      if (!permitted) {
        if (redirects === 0)
          throw new OutgoingFault('NOT_ALLOWED', 'This address is not one of the configured sources.');
        throw new OutgoingFault(
          'REDIRECT_NOT_ALLOWED',
          'The source redirects to an address that is not one of the configured sources.',
        );
      }
      // A public server must not redirect to an internal one.
      if (permitted.isInternal && !isInside)
        throw new OutgoingFault(
          'REDIRECT_NOT_ALLOWED',
          'The source redirects to an address that is not one of the configured sources.',
        );
      isInside = permitted.isInternal;
      const answer = await this.#send(at, permitted, ask, signal);
      const to = locationOf(answer, at);
      if (to === null) return this.#taken(answer, at, ask, signal);
      dropped(answer.body);
      if (
        redirects >= redirectsAtMost ||
        ask.method === 'POST' ||
        (at.protocol === 'https:' && to.protocol !== 'https:')
      )
        throw new OutgoingFault('REDIRECT_NOT_ALLOWED', 'The source redirects too often, or away from https.');
      at = to;
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#public.destroy(), this.#internal.destroy()]);
  }

  async #send(url: URL, { isInternal }: Permitted, ask: Ask, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    try {
      return await (isInternal ? this.#internal : this.#public).request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: ask.method ?? 'GET',
        // A compressed answer could expand to any size; one that is compressed anyway is refused.
        headers: { accept: '*/*', 'user-agent': 'ensemble', ...ask.headers, 'accept-encoding': 'identity' },
        ...(ask.body === undefined ? {} : { body: ask.body }),
        signal,
      });
    } catch (error) {
      throw unreachable(error, ask.signal);
    }
  }

  #taken(answer: Dispatcher.ResponseData, url: URL, ask: Ask, signal: AbortSignal): OutgoingAnswer {
    const { statusCode: status, headers, body } = answer;
    const refuse = (fault: OutgoingFault): never => {
      dropped(body);
      throw fault;
    };
    if (status !== 200)
      refuse(
        new OutgoingFault('STATUS', `The source answers ${status}.`, {
          status,
          retryAfter: waitOf(one(headers['retry-after'])),
        }),
      );
    const encoding = one(headers['content-encoding'])?.trim().toLowerCase();
    if (encoding !== undefined && encoding !== '' && encoding !== 'identity')
      refuse(new OutgoingFault('ENCODED', 'The source sends a compressed answer, although it was asked not to.'));
    const length = one(headers['content-length']) ?? '';
    const announced = /^\d{1,15}$/.test(length) ? Number(length) : null;
    if (announced !== null && announced > ask.sizeAtMost) refuse(tooLarge(ask.sizeAtMost));
    return {
      body: this.#read(body, ask, signal),
      announced,
      url,
      cancel: () => dropped(body),
    };
  }

  async *#read(body: Dispatcher.ResponseData['body'], ask: Ask, signal: AbortSignal): AsyncGenerator<Buffer> {
    const pace = new Pace(this.#now);
    let size = 0;
    try {
      pace.wait();
      for await (const piece of body as AsyncIterable<Buffer>) {
        pace.take(piece.length);
        size += piece.length;
        if (size > ask.sizeAtMost) throw tooLarge(ask.sizeAtMost);
        if (pace.isTooSlow) throw new OutgoingFault('TOO_SLOW', 'The source sends too slowly.');
        yield piece;
        pace.wait();
      }
    } catch (error) {
      if (error instanceof OutgoingFault) throw error;
      if (signal.aborted && !ask.signal?.aborted) throw new OutgoingFault('TOO_SLOW', 'The source sends too slowly.');
      throw unreachable(error, ask.signal);
    } finally {
      dropped(body);
    }
  }
}

/** Whether a URL has no deceptive parts: no user, no trailing dot, only http or https. */
function plain({ protocol, username, password, hostname, href }: URL): boolean {
  return (
    /^https?:$/.test(protocol) &&
    username === '' &&
    password === '' &&
    hostname !== '' &&
    !hostname.endsWith('.') &&
    href.length <= longestUrl
  );
}

function locationOf({ statusCode, headers }: Dispatcher.ResponseData, at: URL): URL | null {
  if (![301, 302, 303, 307, 308].includes(statusCode)) return null;
  const location = one(headers.location);
  return location !== undefined && URL.canParse(location, at.href) ? new URL(location, at) : null;
}

function one(header: string | string[] | undefined): string | undefined {
  return typeof header === 'object' ? header[0] : header;
}

function dropped(body: Dispatcher.ResponseData['body']): void {
  body.on('error', () => undefined);
  body.destroy();
}

function tooLarge(bytes: number): OutgoingFault {
  return new OutgoingFault('TOO_LARGE', `The source sends more than ${bytes} bytes.`);
}

function unreachable(error: unknown, signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  return new OutgoingFault('UNREACHABLE', 'The source cannot be reached, or the connection broke off.', {
    cause: error,
  });
}

/** An agent that connects to allowed addresses only, whatever names resolve to at that moment. */
function agent(lookup: Lookup, allowed: (address: string) => boolean): Agent {
  const forbidden = (host: string): Error => new Error(`${host} resolves to an address that is not allowed`);
  const connector = buildConnector({
    timeout: connectPatience,
    allowH2: false,
    lookup: ((hostname, options, done) => {
      lookup(hostname, { ...options, all: true }, (error, addresses) => {
        if (error) return done(error, []);
        // If one address of a name is forbidden, the others are not trusted either.
        if (addresses.length === 0 || !addresses.every(({ address }) => allowed(address)))
          return done(forbidden(hostname), []);
        const [first] = addresses;
        if (options.all) return done(null, addresses);
        (done as unknown as (error: null, address?: string, family?: number) => void)(
          null,
          first?.address,
          first?.family,
        );
      });
    }) as Lookup,
  } as Parameters<typeof buildConnector>[0]);
  return new Agent({
    connections: connectionsEach,
    pipelining: 1,
    headersTimeout: answerPatience,
    bodyTimeout: silence,
    maxHeaderSize: 16_384,
    connect(options: buildConnector.Options, done: buildConnector.Callback) {
      // Numeric addresses skip the lookup, so they are checked here.
      const host = options.hostname.replace(/^\[|\]$/g, '');
      if (isIP(host) !== 0 && !allowed(host)) return done(forbidden(host), null);
      connector(options, (...[error, socket]: Parameters<buildConnector.Callback>) => {
        if (error) return done(error, null);
        const connected = (socket as Socket).remoteAddress;
        if (connected !== undefined && allowed(connected)) return done(null, socket as Socket);
        (socket as Socket).destroy();
        done(forbidden(host), null);
      });
    },
  });
}
