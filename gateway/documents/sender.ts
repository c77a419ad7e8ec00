import type { ActorSnapshot } from '../../platform/context/actor.ts';
import type { Circumstances } from '../authentication/authentication.ts';

/** Who sends a document. */
export interface Sender {
  readonly actor: ActorSnapshot;
  /** Name and version of the client, as its headers say. */
  readonly program: string | null;
  readonly userAgent: string | null;
}

export function senderOf(actor: ActorSnapshot, { program = null, client }: Circumstances): Sender {
  return { actor, program, userAgent: client.userAgent };
}
