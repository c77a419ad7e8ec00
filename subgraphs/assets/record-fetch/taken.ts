import type { FetchKind } from './asset-record-fetch.entity.ts';
import type { TakenFetch } from './asset-record-fetch.service.ts';
import type { FetchedRecord } from './record.ts';
import type { TokenReading } from './token/token-reading.ts';

/** A fetch that a worker took. */
export interface Taken extends TakenFetch {
  universe_id: string;
  owner_id: string;
  requested_by: string;
  kind: FetchKind;
  source: string;
  reference: string;
  holder: string | null;
}

export interface Fetched {
  record: FetchedRecord;
  reading: TokenReading | null;
}
