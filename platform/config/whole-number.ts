import { z } from 'zod';

/** A whole number within bounds, in decimal digits. The message gives the bounds and the text that is not one. */
export function wholeNumber(least: number, most: number) {
  return z.string().transform((text, context): number => {
    const number = Number(text);
    if (/^\d{1,12}$/.test(text.trim()) && number >= least && number <= most) return number;
    context.addIssue(`must be a number from ${least} to ${most}, not ${JSON.stringify(text)}`);
    return z.NEVER;
  });
}
