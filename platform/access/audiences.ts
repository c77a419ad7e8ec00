import type { RootDeclaration } from './declare.ts';
import type { Permission } from './permission.ts';

/**
 * Whom a schema of the graph is for. Each sees a part of it: shops and their visitors, organizations that manage what they own, people who
 * read and count, the staff of the installation, and programs that act by themselves. It is a view for the client's developers; rights
 * are checked as everywhere.
 */
export const schemaAudiences = ['storefront', 'dashboard', 'analyst', 'operator', 'agent'] as const;
export type SchemaAudience = (typeof schemaAudiences)[number];

/** The tag of a root field that is in the schemas of all audiences. */
export const everyAudience = 'everybody';

/** What their schemas include. */
export const houseAudiences = schemaAudiences.map((name) => ({ name, include: [name, everyAudience], exclude: [] }));

/**
 * The audiences of a root field by who may use it. What everybody may use is in all schemas. Analysts change nothing, so of the mutations
 * they have the public ones, which sign in. What roles in organizations allow is for those who manage something, and what only platform
 * roles allow is for the staff.
 */
export function audiencesOf({ kind, access }: RootDeclaration, permission: Permission | undefined): SchemaAudience[] {
  const reads = kind !== 'Mutation';
  if (access === 'public') return [...schemaAudiences];
  if (!permission) return schemaAudiences.filter((each) => reads || each !== 'analyst');
  const isForMembers = permission.organizationRole !== undefined || permission.own === true;
  if (!isForMembers) return ['operator'];
  return schemaAudiences.filter((each) => each !== 'storefront' && (reads || each !== 'analyst'));
}

/** The tags of an element in these schemas. */
export function tagsFor(audiences: readonly SchemaAudience[]): string[] {
  const isForAll = schemaAudiences.every((each) => audiences.includes(each));
  return isForAll ? [everyAudience] : schemaAudiences.filter((each) => audiences.includes(each));
}
