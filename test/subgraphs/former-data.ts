import { hash } from '@node-rs/argon2';
import type { Database } from '../../platform/database/database.ts';
import { migrate, type OsMigrations } from '../../platform/database/migrations.ts';
import { newId } from '../../platform/ids/ids.ts';
import { migrationsOf } from '../../platform/house/migrations.ts';
import { subgraphs } from '../../subgraphs/index.ts';

/** The last migration of each system from before texts had one form, links were confirmed and lots waited for their assets. */
const lastOf: Readonly<Record<string, string>> = {
  facts: '001-log',
  search: '001-words',
  identity: '007-closing',
  assets: '008-embeddings',
  auction: '002-viewer-bids',
};

export function formerMigrations(): OsMigrations[] {
  return migrationsOf(subgraphs).flatMap(({ migrations, ...of }) => {
    const last = migrations.findIndex(({ name }) => name === lastOf[of.os]);
    return last < 0 ? [] : [{ ...of, migrations: migrations.slice(0, last + 1) }];
  });
}

export const nfd = (text: string): string => text.normalize('NFD');
export const password = 'pässwörd of former days';
/** More than two pages of what is rewritten. */
export const works = 1_203;

/** What the programs of those days wrote for two lines, one with composed letters, taken from a run of theirs. */
export const lines = [
  {
    sourceId: 'plain',
    title: 'Rembrandt van Rijn (1606-1669)',
    medium: 'Etching on paper',
    creators: ['Rembrandt'],
    tags: ['Print'],
    details: { state: 2 } as object,
    hash: '6vF42X84ge0HjnDXjwCf-owIvwjAJ-7Jmn7wYUX6JSg',
  },
  {
    sourceId: nfd('é-2'),
    title: nfd('Étude nº 2'),
    medium: nfd('Crayon sur papier vélin'),
    creators: [nfd('Renée')],
    tags: [nfd('Été')],
    details: { note: nfd('é') } as object,
    hash: 'qH7nl2jhKU7SPHtzejlpxTMflI_ApDN1At72Hsh4MK4',
  },
] as const;

export interface FormerData {
  /** Two accounts with one address in two forms, the older first. */
  josé: string;
  other: string;
  nameless: string;
  seller: string;
  left: string;
  bidder: string;
  organization: string;
  key: string;
  /** In the order of their ids; every second one is ASCII throughout. */
  works: string[];
  imported: string[];
  lots: { open: string; sold: string; cancelled: string; draft: string };
  links: { web: string; own: string; others: string; nothing: string };
}

/** Fills a database as the programs of those days left it. */
export async function fillAsBefore(database: Database): Promise<FormerData> {
  await migrate(database, formerMigrations());
  const hours = (n: number) => new Date(Date.now() + n * 3_600_000);
  const standard = (id: string, at = hours(-24)) => ({ id, universe_id: 'main', created_at: at, updated_at: at });
  const insert = async (table: string, rows: object[]) => {
    const columns = Object.keys(rows[0] ?? {}).join(', ');
    await database.query(
      `insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1::jsonb)`,
      [JSON.stringify(rows)],
    );
  };
  const user = () => newId('usr');
  const [josé, other, nameless, seller, left, bidder] = [user(), user(), user(), user(), user(), user()];
  const organization = newId('org');
  const person = (id: string, email: string | null, display_name: string, at: number, more: object = {}) => ({
    ...standard(id, hours(at)),
    kind: 'USER',
    display_name,
    email,
    organization_kind: null,
    asset_count: 0,
    platform_roles: [],
    rights_version: 1,
    version: 1,
    links: [],
    discoverable: 'MEMBERS',
    email_confirmed_at: hours(at),
    owned_asset_count: 0,
    ...more,
  });
  await insert('identity.actors', [
    person(josé, 'josé@bücher.example', nfd('José Ångström'), -30),
    person(other, nfd('josé@bücher.example'), 'José the second', -29),
    person(nameless, 'nameless@example.org', '\u200B\u200B', -28),
    person(seller, 'seller@example.org', 'Sella', -28),
    person(left, 'left@example.org', 'Gone before', -28),
    person(bidder, 'bidder@example.org', 'Bidder', -28),
    person(organization, null, nfd('Musée Général'), -27, { kind: 'ORGANIZATION', organization_kind: 'COMPANY' }),
  ]);
  const password_hash = await hash(nfd(password), { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 });
  await insert(
    'identity.credentials',
    [josé, other, nameless, seller, left, bidder].map((id) => ({ ...standard(id), password_hash, failures: 0 })),
  );
  await insert('identity.memberships', [
    { ...standard(newId('mbr')), organization_id: organization, actor_id: seller, role: 'OWNER' },
  ]);
  await insert('identity.invitations', [
    {
      ...standard(newId('inv')),
      organization_id: organization,
      email: 'neu@bücher.example',
      role: 'EDITOR',
      invited_by: seller,
      expires_at: hours(24),
    },
  ]);
  const key = newId('key');
  await insert('identity.service_keys', [
    {
      ...standard(key),
      service_id: newId('svc'),
      name: nfd('Clé'),
      hash: 'of nothing',
      scopes: ['assets.asset.update', 'identity.serviceKey.create'],
    },
  ]);

  const asset = (id: string, title: string, source_id: string, more: object = {}) => ({
    ...standard(id),
    version: 1,
    title,
    kind: 'ART',
    status: 'PUBLISHED',
    owner_id: organization,
    created_by: seller,
    source: 'works',
    source_id,
    imported_for: organization,
    source_kind: 'IMPORTED',
    creators: [],
    tags: [],
    traits: [],
    ...more,
  });
  const titles = ['Étude op.27', 'A plain work', '神奈川沖浪裏 (1831-1833)', 'Another plain work'];
  const ids = Array.from({ length: works }, () => newId('ast')).sort();
  await insert(
    'assets.assets',
    ids.map((id, n) => asset(id, nfd(`${titles[n % 4]} ${n}`), nfd(n % 2 ? `w${n}` : `é${n}`))),
  );
  // Two of what is unique, in two forms: no import of those days took them for one.
  await insert('assets.assets', [asset(newId('ast'), 'Twice', 'twö'), asset(newId('ast'), 'Twice', nfd('twö'))]);
  const imported = lines.map(() => newId('ast'));
  await insert(
    'assets.assets',
    lines.map(({ sourceId, hash: source_hash, tags, ...line }, n) =>
      asset(imported[n] ?? '', line.title, sourceId, {
        source: 'lines',
        source_hash,
        medium: line.medium,
        creators: line.creators,
        creator: line.creators[0],
        tags: tags.map((tag) => tag.toLowerCase()),
        details: line.details,
        match_title: line.title.toLowerCase(),
      }),
    ),
  );
  const others = newId('ast');
  await insert('assets.assets', [
    asset(others, 'Somebody else’s', '1', { owner_id: bidder, imported_for: bidder, created_by: bidder }),
  ]);
  await insert('assets.asset_tags', [
    { ...standard(newId('tag')), name: 'été' },
    { ...standard(newId('tag')), name: nfd('été') },
  ]);
  const links = { web: newId('aln'), own: newId('aln'), others: newId('aln'), nothing: newId('aln') };
  const link = (id: string, kind: string, target: string) => ({
    ...standard(id),
    asset_id: ids[0],
    kind,
    target,
    created_by: seller,
  });
  await insert('assets.asset_links', [
    link(links.web, 'WEB', 'https://example.org'),
    link(links.own, 'ASSET', ids[1] ?? ''),
    link(links.others, 'ASSET', others),
    link(links.nothing, 'COLLECTION', 'col_01h455vb4pex5vsknk084sn02q'),
  ]);

  const lots = { open: newId('auc'), sold: newId('auc'), cancelled: newId('auc'), draft: newId('auc') };
  const [forOpen = '', forSold = '', forCancelled = '', forDraft = ''] = ids;
  const known = (id: string, status: string | null) => ({ ...standard(id), owner_id: organization, status });
  // Of what an import brought, those facts did not say whether it was published.
  await insert('auction.assets', [
    known(forOpen, 'ON_SALE'),
    known(forSold, 'SOLD'),
    known(forCancelled, null),
    known(forDraft, 'PUBLISHED'),
  ]);
  const lot = (id: string, asset_id: string, status: string, more: object = {}) => ({
    ...standard(id, hours(-2)),
    terms_version: 1,
    asset_id,
    seller_id: organization,
    created_by: seller,
    barred: [organization, seller],
    format: 'ENGLISH',
    status,
    description: nfd('Très beau'),
    currency: 'USD',
    start_price: 10_000,
    increments: [['0', '100']],
    soft_close_seconds: 0,
    opened_at: hours(-1),
    ends_at: hours(24),
    ended_at: null,
    price: null,
    leader_id: null,
    leader_bid_id: null,
    leader_maximum: null,
    winner_id: null,
    reserve_reached: false,
    bid_count: 0,
    numbered: 0,
    sequence: 0,
    ...more,
  });
  const bidId = newId('bid');
  const led = {
    price: 10_000,
    leader_id: bidder,
    leader_bid_id: bidId,
    leader_maximum: 50_000,
    bid_count: 1,
    numbered: 1,
    sequence: 1,
  };
  const over = { ended_at: hours(-0.5), ends_at: hours(-0.5) };
  await insert('auction.auctions', [
    lot(lots.open, forOpen, 'OPEN', led),
    lot(lots.sold, forSold, 'SOLD', { ...over, price: 10_000, winner_id: bidder }),
    lot(lots.cancelled, forCancelled, 'CANCELED', over),
    lot(lots.draft, forDraft, 'SCHEDULED', { opened_at: null }),
  ]);
  await database.query(
    `insert into auction.auctions select (jsonb_populate_record(a, jsonb_build_object('id', 'auc_' || n, 'asset_id', 'ast_' || n))).*
    from auction.auctions a, generate_series(1, 600) n where a.id = $1`,
    [lots.cancelled],
  );
  await insert('auction.bids', [
    {
      ...standard(bidId, hours(-1)),
      auction_id: lots.open,
      bidder_id: bidder,
      placed_by: bidder,
      sequence: 1,
      number: 1,
      hidden: false,
      standing: 'LEADING',
      maximum: 50_000,
      amount: 10_000,
      currency: 'USD',
      placed_at: hours(-1),
    },
  ]);

  let position = 0;
  const numbers = new Map<string, number>();
  const fact = (type: string, key: string, at: number, payload: object, correlation_id = 'one') => {
    position += 1;
    const key_seq = (numbers.get(key) ?? 0) + 1;
    numbers.set(key, key_seq);
    const of = { type, v: 1, key, key_seq, at: hours(at), actor: seller, universe_id: 'main', correlation_id };
    return { id: newId('fct'), position, os: type.split('.')[0], ...of, payload };
  };
  const importId = newId('imp');
  const brought = (id: string, title: string) =>
    fact('assets.asset.imported', id, -24, {
      assetId: id,
      ownerId: organization,
      importId,
      title,
      change: 'CREATED',
    });
  await insert('facts.log', [
    fact('identity.membership.removed', left, -3, {
      membershipId: 'm',
      organizationId: organization,
      actorId: left,
      role: 'GUEST',
    }),
    ...[forOpen, forSold, forCancelled].map((id, n) => brought(id, nfd(`${titles[n]} ${n}`))),
    fact('assets.import.progressed', importId, -24, {
      importId,
      ownerId: organization,
      created: 3,
      published: 3,
      source: 'works',
      lastLine: 3,
      total: 3,
      updated: 0,
      unchanged: 0,
      rejected: 0,
    }),
    fact('assets.asset.created', forDraft, -24, {
      assetId: forDraft,
      ownerId: organization,
      title: 'First title',
      kind: 'ART',
      status: 'DRAFT',
    }),
    fact('assets.asset.updated', forDraft, -23, {
      assetId: forDraft,
      ownerId: organization,
      changed: { title: { from: 'First title', to: `${titles[3]} 3` } },
    }),
    fact('auction.auction.opened', lots.open, -1, {
      auctionId: lots.open,
      assetId: forOpen,
      sellerId: organization,
      format: 'ENGLISH',
      status: 'OPEN',
      endsAt: hours(24),
      startPrice: { minor: '10000', currency: 'USD' },
      openedAt: hours(-1),
    }),
    fact('auction.bid.placed', lots.open, -1, {
      auctionId: lots.open,
      assetId: forOpen,
      sellerId: organization,
      bidId,
      bidderId: bidder,
      standing: 'LEADING',
      price: { minor: '10000', currency: 'USD' },
      minimum: { minor: '10100', currency: 'USD' },
      leaderId: bidder,
      bidCount: 1,
      reserveMet: null,
      endsAt: hours(24),
    }),
  ]);
  await insert(
    'facts.keys',
    Array.from(numbers, ([key, seq]) => ({ key, seq })),
  );
  await database.query('update facts.relay set position = $1', [position]);
  for (const consumer of [
    'auction.assetOwners',
    'auction.lotsWithoutAsset',
    'identity.assetCountOnImport',
    'identity.ownedAssetCountOnImport',
    'identity.ownedAssetCountOnCreate',
  ])
    await database.query('insert into facts.checkpoints (consumer, position) values ($1, $2)', [consumer, position]);
  return { josé, other, nameless, seller, left, bidder, organization, key, works: ids, imported, lots, links };
}
