/** Runs in the planner's thread too. Erasable TypeScript: Node loads it there by stripping its types. */
import { Kind, type ConstDirectiveNode, type ConstValueNode } from 'graphql';

/** Who may see a field, or what is of a type. All parts must hold. Plain data that can be sent between threads. */
export interface Guard {
  /** `@authenticated`: signed-in viewers. */
  readonly signedIn: boolean;
  /** `@requiresScopes`: viewers with all scopes of any of these lists; null without the directive. */
  readonly scopes: readonly (readonly string[])[] | null;
  /** `@policy`: the same of policies. */
  readonly policies: readonly (readonly string[])[] | null;
}

/** What a viewer has. */
export interface Rights {
  readonly isSignedIn: boolean;
  readonly scopes: ReadonlySet<string>;
  readonly policies: ReadonlySet<string>;
}

/** The guard that directives with their own names declare, if any. */
export function guardsOf(directives: readonly ConstDirectiveNode[] | undefined): Guard[] {
  const find = (name: string): ConstDirectiveNode | undefined => directives?.find((each) => each.name.value === name);
  const [authenticated, scopes, policies] = [find('authenticated'), find('requiresScopes'), find('policy')];
  if (!authenticated && !scopes && !policies) return [];
  return [{ signedIn: Boolean(authenticated), scopes: anyOf(scopes, 'scopes'), policies: anyOf(policies, 'policies') }];
}

export function allows({ signedIn, scopes, policies }: Guard, rights: Rights): boolean {
  return (!signedIn || rights.isSignedIn) && holdsAny(scopes, rights.scopes) && holdsAny(policies, rights.policies);
}

/** Whether one of the lists is held whole. No list at all asks for nothing, as in Apollo's router. */
function holdsAny(lists: readonly (readonly string[])[] | null, held: ReadonlySet<string>): boolean {
  return lists === null || lists.length === 0 || lists.some((list) => list.every((word) => held.has(word)));
}

/** Throws if the directive has no such lists: what cannot be understood must not be shown to everybody. */
function anyOf(directive: ConstDirectiveNode | undefined, name: string): string[][] | null {
  if (!directive) return null;
  const value = directive.arguments?.find((given) => given.name.value === name)?.value;
  if (!value) throw new Error(`@${directive.name.value} has no ${name}.`);
  // A single value counts as a list of one, at both levels.
  return itemsOf(value).map((list) =>
    itemsOf(list).map((word) => {
      if (word.kind === Kind.STRING) return word.value;
      throw new Error(`@${directive.name.value}(${name}:) is not a list of lists of texts.`);
    }),
  );
}

function itemsOf(value: ConstValueNode): readonly ConstValueNode[] {
  return value.kind === Kind.LIST ? value.values : [value];
}
