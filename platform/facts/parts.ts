import type { JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { copiesStream, partsSubject, subjectOf } from './carried.ts';
import type { StampedFact } from './fact.ts';

/** The header of a message whose fact has its payload in earlier messages: their numbers in the stream, in order. */
const partsHeader = 'Payload-In';

/** Bytes of a message that are left to its headers, of which the numbers of parts are the longest. */
const headersAtMost = 16_384;

/**
 * Publishes a fact and returns the number of its message in the stream. A payload too large for one message of `messageAtMost` bytes is
 * published in parts before it. A repetition within two minutes stores nothing again.
 */
export async function publishFact(
  client: JetStreamClient,
  logId: string,
  fact: StampedFact,
  messageAtMost: number,
): Promise<number> {
  const room = messageAtMost - headersAtMost;
  const subject = subjectOf(logId, fact);
  const body = Buffer.from(JSON.stringify(fact));
  if (body.length <= room) return (await client.publish(subject, body, { msgID: fact.id })).seq;
  const payload = Buffer.from(JSON.stringify(fact.payload));
  const parts: number[] = [];
  // A part is read back as base64 in one message.
  const partAtMost = Math.floor(room / 2);
  for (let at = 0; at < payload.length; at += partAtMost) {
    const part = payload.subarray(at, at + partAtMost);
    parts.push((await client.publish(partsSubject(logId), part, { msgID: `${fact.id}.${parts.length}` })).seq);
  }
  const marked = headers();
  marked.set(partsHeader, parts.join());
  const rest = JSON.stringify({ ...fact, payload: null });
  return (await client.publish(subject, rest, { msgID: fact.id, headers: marked })).seq;
}

/** The fact of a message with its payload; `null` if parts of it are gone. */
export async function wholeFact(message: JsMsg, manager: JetStreamManager): Promise<StampedFact | null> {
  const fact = message.json<StampedFact>();
  const listed = message.headers?.get(partsHeader);
  if (!listed) return fact;
  const parts: Uint8Array[] = [];
  for (const number of listed.split(',')) {
    const part = await manager.streams.getMessage(copiesStream, { seq: Number(number) });
    if (!part) return null;
    parts.push(part.data);
  }
  return { ...fact, payload: JSON.parse(Buffer.concat(parts).toString()) as unknown };
}
