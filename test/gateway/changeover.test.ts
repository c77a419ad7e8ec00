import { expect, test } from 'vitest';
import { anonymous, type ActorSnapshot } from '../../platform/context/actor.ts';
import type { RequestInfo } from '../../platform/context/request.ts';
import type { SubscriptionPlan } from '../../gateway/subscriptions/subscription-plan.ts';
import type { Frame } from '../../gateway/subscriptions/frame.ts';
import type { Member, Share } from '../../gateway/subscriptions/share.ts';
import { Subscriber } from '../../gateway/subscriptions/subscriber.ts';

/** A manual stream with its members. */
function stream(): { share: Share; members: Set<Member> } {
  const members = new Set<Member>();
  const share = {
    join: (member: Member) => void members.add(member),
    leave: (member: Member) => void members.delete(member),
    replace: (member: Member, by: Member) => void (members.delete(member), members.add(by)),
  };
  return { share: share as unknown as Share, members };
}

const frame = (cursor: string): Frame => ({
  number: 0,
  cursor,
  members: 1,
  more: null,
  message: (head) => Buffer.from(head),
  keyAt: () => null,
  payload: () => cursor,
  bytes: () => cursor.length,
});

test('a change of rights during a changeover drops all events received under the old rights', () => {
  let actor: ActorSnapshot = { ...anonymous(), id: 'usr_a', kind: 'USER', rightsVersion: 1 };
  const infoOf = (of: ActorSnapshot) => ({ actor: of, universe: 'main', actingFor: null }) as RequestInfo;
  const sent: string[] = [];
  const opened: (string | null)[] = [];
  const subscriber = new Subscriber({
    plan: { audience: 'role', resumable: true } as SubscriptionPlan,
    info: infoOf(actor),
    after: 'c1',
    listener: { peek: () => actor, actor: () => Promise.resolve(actor), info: infoOf },
    outlet: {
      buffered: 0,
      send: (payload, flushed) => {
        sent.push(payload);
        // Rights change between one event and the next.
        actor = { ...actor, rightsVersion: 2, platformRoles: ['AUDITOR'] };
        flushed();
      },
    },
    ration: { take: () => 0, wait: () => 0 },
    largest: 1_000,
    alone: (_member, after) => {
      opened.push(after);
      return stream().share;
    },
    onShared: () => undefined,
    onEnd: () => undefined,
  });
  const [own, shared] = [stream(), stream()];
  subscriber.listenTo(own.share);
  subscriber.shareWith(shared.share);
  const [ahead] = shared.members;
  for (const cursor of ['c2', 'c3', 'c4']) ahead?.deliver(frame(cursor));
  subscriber.deliver(frame('c2'));
  expect([sent, opened]).toEqual([['c2'], ['c2']]);
  expect(shared.members.size).toBe(0);
});
