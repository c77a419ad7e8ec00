import { connect } from '@nats-io/transport-node';
import type { StampedFact } from './fact.ts';

/** The stream of all copies, and the subjects in it: `facts.<log id>.<fact type>`. */
export const copiesStream = 'FACTS';
export const copiesSubjects = ['facts.>'];

export function subjectOf(logId: string, fact: StampedFact): string {
  return `facts.${logId}.${fact.type}`;
}

/** Hears carried facts of some types (`identity.>` means all of identity). Only a wake-up, for caches: facts missed while disconnected are not replayed. */
export async function hearCarried(
  url: string,
  types: readonly string[],
  heard: (fact: StampedFact) => void,
): Promise<() => Promise<void>> {
  const connection = await connect({ servers: url, name: 'ensemble-wake-ups', maxReconnectAttempts: -1 });
  for (const type of types) {
    connection.subscribe(`facts.*.${type}`, {
      callback: (error, message) => {
        if (!error) heard(message.json<StampedFact>());
      },
    });
  }
  return () => connection.drain();
}
