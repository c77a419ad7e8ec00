import type { JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { randomUUID } from 'node:crypto';
import { copiesStream, partsSubject, subjectOf } from './carried.ts';
import { sendingHeader, type Mark } from './copies.ts';
import type { StampedFact } from './fact.ts';

/** The header of a message whose fact has its payload in earlier messages: their numbers in the stream, in order. */
const partsHeader = 'Payload-In';

/** Bytes of a message that are left to its headers, of which the numbers of parts are the longest. */
const headersAtMost = 16_384;

/**
 * Publishes a fact and returns its message. A payload too large for one message of `messageAtMost` bytes is published in parts before
 * it. A repetition within two minutes stores nothing again, and returns `null`.
 */
export async function publishFact(
  client: JetStreamClient,
  logId: string,
  fact: StampedFact,
  messageAtMost: number,
): Promise<Mark | null> {
  const room = messageAtMost - headersAtMost;
  const subject = subjectOf(logId, fact);
  const body = Buffer.from(JSON.stringify(fact));
  const id = randomUUID();
  const marked = headers();
  marked.set(sendingHeader, id);
  const send = async (content: Buffer): Promise<Mark | null> => {
    const { seq, duplicate } = await client.publish(subject, content, { msgID: fact.id, headers: marked });
    return duplicate ? null : { sequence: seq, id };
  };
  if (body.length <= room) return send(body);
  const payload = Buffer.from(JSON.stringify(fact.payload));
  const parts: number[] = [];
  // A part is read back as base64 in one message.
  const partAtMost = Math.floor(room / 2);
  for (let at = 0; at < payload.length; at += partAtMost) {
    const part = payload.subarray(at, at + partAtMost);
    parts.push((await client.publish(partsSubject(logId), part, { msgID: `${fact.id}.${parts.length}` })).seq);
  }
  marked.set(partsHeader, parts.join());
  return send(Buffer.from(JSON.stringify({ ...fact, payload: null })));
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
