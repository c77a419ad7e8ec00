import { createHash } from 'node:crypto';
import { beginningOf } from '../../../platform/scalars/text.ts';

/** What stands for an asset before a model; the triggers of its table watch these columns. */
export interface Said {
  title: string;
  creators: readonly string[];
  classification: string | null;
  department: string | null;
  medium: string | null;
  tags: readonly string[];
  creation_date: string | null;
  description: string | null;
}

/** Characters of a description: its beginning says what a thing is, and models have a limit. */
const descriptionAtMost = 2_000;
/** Characters in all. */
const textAtMost = 4_000;

/**
 * What is said of an asset, a line each. Neither who owns it nor where it stands, since neither is a likeness; nor its category, of
 * which one change would be a change of everything below.
 */
export function textOf(asset: Said): string {
  const lines = [
    asset.title,
    asset.creators.join(', '),
    asset.classification,
    asset.department,
    asset.medium,
    asset.creation_date,
    asset.tags.join(', '),
    beginningOf(asset.description ?? '', descriptionAtMost),
  ];
  const text = lines.filter((line) => line).join('\n');
  return beginningOf(text, textAtMost);
}

/** By which a text is known again. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
