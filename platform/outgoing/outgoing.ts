import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP, type Socket } from 'node:net';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { assertOutside } from '../database/guard.ts';
import { Pace } from '../work/pace.ts';
import { isOwnAddress, isPublicAddress } from './addresses.ts';
import { waitOf } from './retry-after.ts';

/** Redirects that are followed: a short link and a change of scheme or host. */
const redirectsAtMost = 3;
/** Milliseconds until a connection stands, until an answer begins, and between two pieces of it. */
const connectPatience = 10_000;
const answerPatience = 20_000;
const silence = 30_000;
/** Milliseconds for one call with all its redirects and its whole body: 1 GiB at 600 KiB a second. */
const patience = 1_800_000;
/** Connections to one server at most. */
const connectionsEach = 4;
/** Characters of an address at most, as browsers and proxies take. */
export const longestUrl = 2_000;

/** What is allowed of an address that is about to be asked. */
export interface Permitted {
  /** Whether it may lie in a network of one's own. Anything else has to be public. */
  isInternal: boolean;
}

export interface Ask {
  /** Which addresses may be asked: asked of the first one and of each redirect. Null refuses. */
  permits: (url: URL) => Permitted | null;
  method?: 'GET' | 'POST';
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** Bytes of the answer at most. */
  sizeAtMost: number;
  signal?: AbortSignal;
}

export interface OutgoingAnswer {
  /** The bytes as they come. Ends with an `OutgoingFault` when they are too many, too slow or break off. */
  body: AsyncGenerator<Buffer>;
  /** Bytes, as the server says: a hint, and no promise. Null where it says nothing. */
  announced: number | null;
  /** The address that answered, after redirects. */
  url: URL;
  /** Ends the answer unread. */
  cancel(): void;
}

/**
 * Why nothing came. `UNREACHABLE` stands for everything before an answer, names that lead inside among them, so that nobody learns by
 * trying what is there.
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
  /** Whether the same may come later: for 429, 5xx, and what cannot be reached or breaks off. */
  readonly retryable: boolean;
  /** Milliseconds that the server asks to wait for. */
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
  /** Answers names; the system does where nothing is given. */
  lookup?: Lookup;
  /** Which addresses are public; those that IANA's registries say where nothing is given. */
  isPublic?: (address: string) => boolean;
  /** Milliseconds, for what is too slow. */
  now?: () => number;
}

type Lookup = (
  hostname: string,
  options: LookupOptions & { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Calls to servers that others name, such as the address of a picture. Only what the caller permits is asked, each redirect anew; the
 * address that is connected to is checked as it is connected to, so that no name can lead elsewhere than it did when it was looked at.
 * Nothing of ours is sent along: no cookies, no credentials. Never within a transaction.
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

  /** Asks and answers when the body begins. Rejects with `OutgoingFault`, or with the signal's reason. */
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
        throw new OutgoingFault('REDIRECT_NOT_ALLOWED', 'The source redirects to where nothing may be fetched from.');
      }
      // What lies outside does not point at what lies inside.
      if (permitted.isInternal && !isInside)
        throw new OutgoingFault('REDIRECT_NOT_ALLOWED', 'The source redirects to where nothing may be fetched from.');
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
        // A packed answer could unpack to any size; what is packed all the same is refused.
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
      refuse(new OutgoingFault('ENCODED', 'The source answers packed, though it was asked not to.'));
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

/** An address without anything that only deceives: no user, no dot at the end, nothing but http. */
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
  return new OutgoingFault('UNREACHABLE', 'The source cannot be reached, or breaks off.', { cause: error });
}

/** An agent that connects to addresses that are allowed and to no others, whatever names say by then. */
function agent(lookup: Lookup, allowed: (address: string) => boolean): Agent {
  const forbidden = (host: string): Error => new Error(`${host} leads to an address that is not asked`);
  const connector = buildConnector({
    timeout: connectPatience,
    allowH2: false,
    lookup: ((hostname, options, done) => {
      lookup(hostname, { ...options, all: true }, (error, addresses) => {
        if (error) return done(error, []);
        // A name of which one answer leads inside is not believed in the others.
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
      // An address in numbers is looked up by nobody.
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
