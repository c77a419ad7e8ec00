import { Conflict, Invalid } from '../../../../platform/errors/errors.ts';
import type { Sources } from '../../../../platform/outgoing/sources.ts';
import type { FetchedThing } from '../asset-record-fetch.service.ts';

const path = ['input', 'page'];

/** A page in the one form in which it is asked for; it has to be at a configured source of the owner. */
export function pagePlace(sources: Sources, address: string, ownerId: string): FetchedThing {
  if (sources.isEmpty) throw new Conflict('This installation reads no pages: it has no configured sources.', { path });
  const located = sources.locate(address, ownerId);
  if (located?.kind !== 'http')
    throw new Invalid('page: an http or https address at a configured source is expected.', { path });
  return { kind: 'PAGE', source: located.url.host, reference: located.url.href, holder: null };
}
