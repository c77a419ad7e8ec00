import type { FilterQuery } from '@mikro-orm/postgresql';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import { noun } from '../../../platform/nouns/noun.ts';
import { Session } from './session.entity.ts';
import { SessionType } from './session.type.ts';

/** One's own sessions, and those in which one acts for others. Whoever acts on behalf of somebody sees the one they are in. */
function sessionVisible(actor: ActorSnapshot): FilterQuery<Session> | null {
  if (actor.id === null) return null;
  if (actor.delegate !== null) return { id: actor.sessionId };
  return { $or: [{ actorId: actor.id }, { delegateId: actor.id }] };
}

export const sessions = noun<Session>({
  name: 'Session',
  prefix: 'ses',
  entity: Session,
  type: () => SessionType,
  audience: 'self',
  visible: sessionVisible,
  filter: {},
  sort: ['usedAt', 'createdAt'],
});
