import type { ActorSnapshot } from '../context/actor.ts';
import type { Context } from '../context/context.ts';
import { Forbidden, Invalid } from '../errors/errors.ts';
import { checkId } from '../ids/ids.ts';
import type { RootDeclaration } from './declare.ts';

/** The input field that names the organization the actor acts for. No OS declares it: the platform adds and reads it. */
export const actingForField = 'actingFor';

export const actingForDescription =
  'The organization to act for; the viewer must be a member. If no owner is named, new objects belong to this organization; the change is recorded as made for it. The HTTP header acting-for is the short form, and applies if this is null. Errors: FORBIDDEN if the viewer is not a member, INVALID for an id of another kind, or if the header names another organization.';

/** Whether a mutation may be called for an organization: every mutation that needs a permission. The others concern the caller's own account. */
export function canActFor({ kind, access }: RootDeclaration): boolean {
  return kind === 'Mutation' && access.includes('.');
}

/**
 * Acts for the organization named in a mutation's input, or else in the header. The mutations of one operation run one after
 * the other, each with its complete answer, so each may name its own.
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
      `actingFor: names ${organizationId}, and the header acting-for names ${actingFor}. Send one of them, or the same in both.`,
      { path },
    );
  if (!actor.memberships.some((membership) => membership.organizationId === organizationId))
    throw new Forbidden('actingFor: you are not a member of this organization.', { path });
  context.actFor(organizationId);
}

/** The organization named by the header, if the actor is a member; `null` if it names none and actors act for themselves. */
export function checkedActingFor(actor: ActorSnapshot, actingFor: string | null): string | null {
  if (actingFor === null || actingFor === '') return null;
  if (!actor.memberships.some((membership) => membership.organizationId === actingFor)) {
    throw new Forbidden('acting-for: you are not a member of this organization.', {
      path: ['acting-for'],
    });
  }
  return actingFor;
}
