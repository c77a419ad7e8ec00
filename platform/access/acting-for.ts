import type { ActorSnapshot } from '../context/actor.ts';
import type { Context } from '../context/context.ts';
import { Forbidden, Invalid } from '../errors/errors.ts';
import { checkId } from '../ids/ids.ts';
import type { RootDeclaration } from './declare.ts';

/** The field by which an input names the organization for which the actor acts. No OS declares it: the platform adds and reads it. */
export const actingForField = 'actingFor';

export const actingForDescription =
  'The organization for which to act; the viewer must be a member. Where no owner is named, what is made belongs to this organization, and the change is recorded as made for it. The HTTP header acting-for is the short form, and applies where this is null. Errors: FORBIDDEN for an organization of others, INVALID for an id of another kind, or if the header names another organization.';

/** Whether a mutation may be made for an organization: each one that needs a permission. The others concern the own account. */
export function canActFor({ kind, access }: RootDeclaration): boolean {
  return kind === 'Mutation' && access.includes('.');
}

/**
 * Acts for the organization that the input of a mutation names, else for that of the header. The mutations of one operation run
 * one after the other, each with its whole answer, so each may name its own.
 */
export function actFor(context: Context, declaration: RootDeclaration, input: unknown): void {
  context.actFor(null);
  if (!canActFor(declaration)) return;
  const given = (input as Record<string, unknown> | null | undefined)?.[actingForField] ?? null;
  if (given === null) return;
  const path = ['input', actingForField];
  const organizationId = checkId(String(given), 'org', path);
  const { actor, actingFor } = context.info;
  if (actingFor !== null && actingFor !== organizationId)
    throw new Invalid(
      `input.actingFor: names ${organizationId}, and the header acting-for names ${actingFor}. Send one of them, or the same in both.`,
      { path },
    );
  if (!actor.memberships.some((membership) => membership.organizationId === organizationId))
    throw new Forbidden('input.actingFor: you are not a member of this organization.', { path });
  context.actFor(organizationId);
}

/** The organization that the header names, if the actor may speak for it; anybody may speak for themselves (`null`). */
export function checkedActingFor(actor: ActorSnapshot, actingFor: string | null): string | null {
  if (actingFor === null || actingFor === '') return null;
  if (!actor.memberships.some((membership) => membership.organizationId === actingFor)) {
    throw new Forbidden('You are not a member of the organization for which you want to act.', {
      path: ['acting-for'],
    });
  }
  return actingFor;
}
