import { connect, type NatsConnection } from '@nats-io/transport-node';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../telemetry/log.ts';
import type { StampedFact } from './fact.ts';

/** The stream of all copies, and the subjects in it: `facts.<log id>.<fact type>`. */
export const copiesStream = 'FACTS';
export const copiesSubjects = ['facts.>'];

/** Nanoseconds for which NATS keeps copies: a database that was down longer must be filled from a backup. */
export const keepNanos = 7 * 24 * 3600 * 1e9;

export function subjectOf(logId: string, fact: StampedFact): string {
  return `facts.${logId}.${fact.type}`;
}

/** The subject of parts of payloads that are too large for one message. */
export function partsSubject(logId: string): string {
  return `facts.${logId}.parts`;
}

/** Milliseconds of an attempt to connect, and between two of them. */
const connectMs = 5_000;
const retryMs = 2_000;

/** What is heard of carried facts: their types (`identity.>` means all of identity), and who hears them. */
export interface Hearing {
  types: readonly string[];
  heard: (fact: StampedFact) => void;
  log: Logger;
}

/**
 * Hears carried facts. Only a wake-up, for caches: facts missed while disconnected are not replayed. Rejects if NATS does not answer;
 * a connection that is lost later is restored.
 */
export async function hearCarried(url: string, { types, heard, log }: Hearing): Promise<() => Promise<void>> {
  const connection = await connect({
    servers: url,
    name: 'ensemble-wake-ups',
    maxReconnectAttempts: -1,
    timeout: connectMs,
  });
  let isReported = false;
  for (const type of types) {
    connection.subscribe(`facts.*.${type}`, {
      callback: (error, message) => {
        if (error) return;
        // An error thrown here would end the reader of the connection: nothing would be heard any more.
        try {
          heard(message.json<StampedFact>());
        } catch (fault) {
          if (!isReported)
            log.error({ err: fault, subject: message.subject }, 'a message of NATS is no fact; it is skipped');
          isReported = true;
        }
      },
    });
  }
  // Now the server knows the subscriptions.
  await connection.flush();
  return () => endConnection(connection);
}

/** Like `hearCarried`, but does not wait for NATS: until it answers, tries again every two seconds. */
export function hearOnceConnected(url: string, hearing: Hearing): () => Promise<void> {
  const closing = new AbortController();
  const connect = async (): Promise<(() => Promise<void>) | null> => {
    for (let failed = 0; !closing.signal.aborted; failed++) {
      try {
        const stop = await hearCarried(url, hearing);
        if (failed > 0) hearing.log.info('NATS answers: changed rights are heard at once');
        return stop;
      } catch (error) {
        if (failed === 0)
          hearing.log.warn(
            { err: error },
            'NATS does not answer: changed rights are noticed within five seconds; it is retried',
          );
        await sleep(retryMs, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
    return null;
  };
  const connecting = connect();
  return async () => {
    closing.abort();
    await (
      await connecting
    )?.();
  };
}

/** Sends what is waiting and closes a connection. One that is disconnected has nobody to send it to, and is only closed. */
export async function endConnection(connection: NatsConnection): Promise<void> {
  await connection.drain().catch(() => connection.close());
}
