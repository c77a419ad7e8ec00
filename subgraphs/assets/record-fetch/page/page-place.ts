import { Conflict, Invalid } from '../../../../platform/errors/errors.ts';
import type { Sources } from '../../../../platform/outgoing/sources.ts';
import type { FetchedThing } from '../asset-record-fetch.service.ts';

const path = ['input', 'page'];

/** A page in its canonical form; it must be at a configured source of the owner. */
export function pagePlace(sources: Sources, address: string, ownerId: string): FetchedThing {
  if (sources.isEmpty)
    throw new Conflict('This installation cannot fetch pages, because it has no configured sources.', { path });
  const located = sources.locate(address, ownerId);
  if (located?.kind !== 'http')
    throw new Invalid('page: must be an http or https address at a configured source.', { path });
  return { kind: 'PAGE', source: located.url.host, reference: located.url.href, holder: null };
}
