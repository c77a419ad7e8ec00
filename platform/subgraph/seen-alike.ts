import { organizationRoles, platformRoles, type ActorSnapshot, anonymous } from '../context/actor.ts';
import type { RootDeclaration } from '../access/declare.ts';
import { readScope } from '../access/permission.ts';
import { implies } from '../nouns/implied.ts';
import type { Subgraph } from './subgraph.ts';

/** Viewers of every kind: whatever rights decide about visibility, one of them has it. */
function viewers(os: string): [who: string, viewer: ActorSnapshot][] {
  const person: ActorSnapshot = { ...anonymous(), id: 'usr_viewer', kind: 'USER' };
  return [
    ['a person', person],
    ['an agent', { ...person, id: 'agt_viewer', kind: 'AGENT', ownerId: 'usr_owner' }],
    ['a service', { ...person, id: 'svc_viewer', kind: 'SERVICE', ownerId: 'org_owner' }],
    ['a delegate', { ...person, delegate: 'agt_delegate' }],
    ['a limited key', { ...person, scopes: [readScope(os)] }],
    ...platformRoles.map((role): [string, ActorSnapshot] => [
      `an actor with ${role}`,
      { ...person, platformRoles: [role] },
    ]),
    ...organizationRoles.map((role): [string, ActorSnapshot] => [
      `a member with ${role}`,
      { ...person, memberships: [{ organizationId: 'org_owner', role }] },
    ]),
  ];
}

/** Declarations by which a gateway would share what viewers do not see alike. */
export function* alikeFaults(
  { name, nouns, variants }: Pick<Subgraph, 'name' | 'nouns' | 'variants'>,
  roots: Iterable<RootDeclaration>,
): Generator<string> {
  for (const noun of [...nouns, ...variants]) {
    if (noun.options.audience !== 'visible') continue;
    const open = noun.options.visible(anonymous());
    if (open === null) {
      yield `${noun.name} has the audience "visible", and nobody sees any without signing in: its audience is "self"`;
      continue;
    }
    for (const [who, viewer] of viewers(name))
      if (!implies(open, noun.options.visible(viewer)))
        yield `${noun.name} has the audience "visible", and ${who} may not see what is visible without signing in: let \`visible\` add rows to those, by $or, or make its audience "self"`;
  }
  for (const { kind, name: root, access, audience = 'public' } of roots)
    if (kind === 'Subscription' && access !== 'public' && (audience === 'public' || audience === 'visible'))
      yield `Subscription.${root} has the audience "${audience}" but is not open to everybody: make it "role" or "self"`;
}
