import { createHash } from 'node:crypto';
import { beginningOf } from '../../../platform/scalars/text.ts';

/** The columns of an asset that are embedded; the triggers of its table watch them. */
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

/** Characters of a description: its beginning is the most relevant part, and models have a limit. */
const descriptionAtMost = 2_000;
/** Characters in total. */
const textAtMost = 4_000;

/**
 * The embedded text of an asset, one line per column. Without owner and status, which do not make assets similar, and without the
 * category, because one change of a category would change all assets below it.
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

/** The hash that identifies a text. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
