import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { exposition } from './metrics.ts';

/** Who may read the metrics of a process. */
export interface MetricsAccess {
  /** The bearer token that readers send; null if none is configured. */
  token: string | null;
  /** Whether only this machine reaches the process: it listens on a loopback address, and no proxy is in front. */
  isLocal: boolean;
}

export interface MetricsAnswer {
  status: 200 | 401 | 404;
  headers: Record<string, string>;
  text: string;
}

const loopback = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/** Whether a process that listens on this address is reached only from its own machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '127.0.0.1' || host === '::1';
}

/**
 * Answers a request for the metrics. They show which systems and how much traffic there is, so without a token they exist only for
 * programs on this machine; a page of another site that had its name point here sends that name as host.
 */
export async function answerMetrics({ headers }: IncomingMessage, access: MetricsAccess): Promise<MetricsAnswer> {
  if (access.token === null) {
    // A proxy that nobody has declared may give its own name for this machine, but says for whom it asks.
    const isForwarded = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
    if (!access.isLocal || isForwarded || !loopback.test(headers.host ?? ''))
      return {
        status: 404,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        text: 'There is nothing here.\n',
      };
  } else if (!isBearer(headers.authorization, access.token))
    return {
      status: 401,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'www-authenticate': 'Bearer' },
      text: 'Send the token of METRICS_TOKEN.\n',
    };
  const { type, text } = await exposition();
  return { status: 200, headers: { 'content-type': type, 'cache-control': 'no-store' }, text };
}

function isBearer(given: string | undefined, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return given !== undefined && timingSafeEqual(digest(given), digest(`Bearer ${token}`));
}
