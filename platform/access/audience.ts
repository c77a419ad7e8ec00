/**
 * What a field's value depends on. `public`: nothing. `visible`: whether the viewer sees the row; all who do see the same value, and what
 * is visible without a sign-in is visible to everybody. `role`: a permission. `self`: the viewer.
 */
export type Audience = 'public' | 'visible' | 'role' | 'self';

/** What depends on both: rows that only some see, with fields that depend on a permission, depend on the viewer. */
export function joined(one: Audience, other: Audience): Audience {
  if (one === other || other === 'public') return one;
  return one === 'public' ? other : 'self';
}

/** What a restriction depends on. */
export type RestrictedAudience = Exclude<Audience, 'public' | 'visible'>;
