import { z } from 'zod';
import { organizationRoles } from '../../../platform/context/actor.ts';
import { prefixOf } from '../../../platform/ids/ids.ts';
import { isEmailAddress, normalEmail } from '../../../platform/scalars/email.ts';
import { isBlank, unstorable } from '../../../platform/scalars/text.ts';

/** The same limits as for `userSignUp`, but reported line by line. */
const lineSchema = z.object({
  email: z
    .string()
    .refine(isEmailAddress, 'This is not an e-mail address of at most 254 characters.')
    .transform(normalEmail),
  displayName: z
    .string()
    .trim()
    .max(80)
    .refine((value) => !isBlank(value), 'It must not be blank.'),
  organizationId: z
    .string()
    .refine((value) => prefixOf(value) === 'org', 'This is not the id of an organization.')
    .nullish()
    .transform((value) => value ?? null),
  role: z.enum(organizationRoles).default('VIEWER'),
});

export type InviteValues = z.output<typeof lineSchema>;

export interface InviteFault {
  line: number;
  field: string | null;
  code: string;
  message: string;
}

export type CheckedInvite = { line: number; values: InviteValues } | { fault: InviteFault };

/** Checks the lines of a call; a repeated address is an error of the later line. */
export function checkInvites(lines: readonly ({ line: number } & object)[]): CheckedInvite[] {
  const seen = new Set<string>();
  return lines.map(({ line, ...rest }): CheckedInvite => {
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null && value !== undefined));
    const spoiled = Object.entries(given).find(([, value]) => typeof value === 'string' && unstorable(value));
    if (spoiled) {
      const message = 'It contains a character that cannot be stored: U+0000, or half of a surrogate pair.';
      return { fault: { line, field: spoiled[0], code: 'invalid_format', message } };
    }
    const parsed = lineSchema.safeParse(given);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const field = issue?.path[0] === undefined ? null : String(issue.path[0]);
      return {
        fault: { line, field, code: issue?.code ?? 'invalid', message: issue?.message ?? 'The line is invalid.' },
      };
    }
    const values = parsed.data;
    if (seen.has(values.email)) {
      const message = 'An earlier line of this call has the same address.';
      return { fault: { line, field: 'email', code: 'duplicate_line', message } };
    }
    seen.add(values.email);
    return { line, values };
  });
}
