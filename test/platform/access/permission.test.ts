import { expect, test } from 'vitest';
import { definePermissions, holds, roleIncludes } from '../../../platform/access/permission.ts';
import { organizationRoles } from '../../../platform/context/actor.ts';
import { ann, user } from '../fixtures/world.ts';

const permissions = definePermissions({
  'tiny.thing.write': { sentence: 'Write.', organizationRole: 'EDITOR', platformRoles: ['OPERATOR'], own: true },
  'tiny.thing.audit': { sentence: 'Audit.', platformRoles: ['AUDITOR'] },
});
const write = permissions['tiny.thing.write'];
const member = (role: (typeof organizationRoles)[number]): typeof ann =>
  user('usr_m', { memberships: [{ organizationId: 'org_a', role }] });

test('each organization role includes those before it', () => {
  for (const [n, held] of organizationRoles.entries())
    for (const [k, wanted] of organizationRoles.entries()) expect(roleIncludes(held, wanted)).toBe(n >= k);
});

test.each([
  ['an anonymous viewer', { ...ann, id: null }, 'usr_ann', false],
  ['the owner', ann, 'usr_ann', true],
  ['another actor', ann, 'usr_bob', false],
  ['an actor, to a thing without an owner', ann, null, false],
  ['an editor of the owner', member('EDITOR'), 'org_a', true],
  ['an admin of the owner', member('ADMIN'), 'org_a', true],
  ['a viewer of the owner', member('VIEWER'), 'org_a', false],
  ['an editor of another organization', member('EDITOR'), 'org_b', false],
  ['an operator', user('usr_o', { platformRoles: ['OPERATOR'] }), 'org_b', true],
  ['an auditor', user('usr_o', { platformRoles: ['AUDITOR'] }), 'org_b', false],
  ['the owner with a key for it', { ...ann, scopes: ['tiny.thing.write'] }, 'usr_ann', true],
  ['the owner with a key for something else', { ...ann, scopes: ['tiny.thing.audit'] }, 'usr_ann', false],
  ['an operator with a key for nothing', user('usr_o', { platformRoles: ['OPERATOR'], scopes: [] }), 'org_b', false],
] as const)('whether %s may write', (_who, actor, ownerId, may) => {
  expect(holds(actor as typeof ann, write, ownerId)).toBe(may);
});

test('before the rows are known, the check is whether the actor may touch any', () => {
  expect(holds(ann, write)).toBe(true);
  expect(holds(ann, permissions['tiny.thing.audit'])).toBe(false);
  expect(holds(member('EDITOR'), permissions['tiny.thing.audit'])).toBe(false);
});
