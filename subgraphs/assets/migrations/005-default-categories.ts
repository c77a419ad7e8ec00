import type { Migration } from '../../../platform/database/migrations.ts';
import { defaultUniverse } from '../../../platform/context/actor.ts';

/** The default tree: id, path and name, parents before children. */
const tree: readonly (readonly [id: string, path: string, name: string])[] = [
  ['cat_01m7y2f8t1ecyr2xh0ta8gm9gv', 'art', 'Art'],
  ['cat_01m7y2f8t2ecyr2xhc2zqdpm7h', 'art/paintings', 'Paintings'],
  ['cat_01m7y2f8t2ecyr2xhmjjxdmrxa', 'art/drawings', 'Drawings and watercolours'],
  ['cat_01m7y2f8t2ecyr2xhvq3qmty21', 'art/prints', 'Prints'],
  ['cat_01m7y2f8t2ecyr2xj74pkzzav4', 'art/photographs', 'Photographs'],
  ['cat_01m7y2f8t2ecyr2xjfjna5wx38', 'art/sculpture', 'Sculpture'],
  ['cat_01m7y2f8t2ecyr2xjkythz55bk', 'art/installations', 'Installations'],
  ['cat_01m7y2f8t3ecyr2xjxr91gw7wp', 'art/collages', 'Collages'],
  ['cat_01m7y2f8t3ecyr2xk050ef05x6', 'art/film-and-video', 'Film and video'],
  ['cat_01m7y2f8t3ecyr2xkatqe741zz', 'art/digital', 'Digital art'],
  ['cat_01m7y2f8t4ecyr2xkqcaretk20', 'art/architecture', 'Architectural drawings and models'],
  ['cat_01m7y2f8t4ecyr2xkrfh669w49', 'art/decorative', 'Decorative arts'],
  ['cat_01m7y2f8t4ecyr2xm1j85v2bm9', 'art/decorative/ceramics', 'Ceramics'],
  ['cat_01m7y2f8t4ecyr2xmasdhf7wp9', 'art/decorative/glass', 'Glass'],
  ['cat_01m7y2f8t4ecyr2xmn3cntyay1', 'art/decorative/metalwork', 'Metalwork'],
  ['cat_01m7y2f8t4ecyr2xmwzbcng1t2', 'art/decorative/woodwork', 'Woodwork'],
  ['cat_01m7y2f8t4ecyr2xn07j1kj7gp', 'art/decorative/textiles', 'Textiles'],
  ['cat_01m7y2f8t4ecyr2xnds9cz6zfz', 'art/decorative/costume', 'Costume'],
  ['cat_01m7y2f8t4ecyr2xng2b40r3vx', 'art/decorative/furniture', 'Furniture'],
  ['cat_01m7y2f8t4ecyr2xnvt84w97d0', 'art/decorative/vessels', 'Vessels and containers'],
  ['cat_01m7y2f8t4ecyr2xp043w9jjzk', 'art/decorative/lighting', 'Lighting'],
  ['cat_01m7y2f8t4ecyr2xpcjvfd5py6', 'music', 'Music'],
  ['cat_01m7y2f8t4ecyr2xpm93hxfwnk', 'music/albums', 'Albums'],
  ['cat_01m7y2f8t4ecyr2xpr8abxkb3d', 'music/singles', 'Singles and EPs'],
  ['cat_01m7y2f8t4ecyr2xq43fk85e99', 'music/tracks', 'Tracks'],
  ['cat_01m7y2f8t4ecyr2xqfhwza07e4', 'music/stems', 'Stems'],
  ['cat_01m7y2f8t4ecyr2xqgaycw4s66', 'music/scores', 'Scores'],
  ['cat_01m7y2f8t4ecyr2xqskarj0st6', 'collectibles', 'Collectibles'],
  ['cat_01m7y2f8t4ecyr2xr5za9cm2ts', 'collectibles/cards', 'Cards'],
  ['cat_01m7y2f8t4ecyr2xr9afnf8z29', 'collectibles/cards/sports', 'Sports cards'],
  ['cat_01m7y2f8t4ecyr2xrgg1dj3sy2', 'collectibles/cards/trading', 'Trading card games'],
  ['cat_01m7y2f8t4ecyr2xrw2zcr9s0h', 'collectibles/comics', 'Comics and magazines'],
  ['cat_01m7y2f8t4ecyr2xs1x2390etk', 'collectibles/coins', 'Coins and notes'],
  ['cat_01m7y2f8t4ecyr2xsbh94ptazx', 'collectibles/stamps', 'Stamps'],
  ['cat_01m7y2f8t4ecyr2xsj282hmrrj', 'collectibles/toys', 'Toys and figures'],
  ['cat_01m7y2f8t4ecyr2xsrsd0wd84m', 'collectibles/games', 'Video games'],
  ['cat_01m7y2f8t4ecyr2xt1aavn5z2q', 'collectibles/memorabilia', 'Memorabilia'],
  ['cat_01m7y2f8t4ecyr2xt9qkqmjbpt', 'collectibles/books', 'Books and manuscripts'],
  ['cat_01m7y2f8t4ecyr2xtqtbm0rbwe', 'nfts', 'NFTs'],
  ['cat_01m7y2f8t4ecyr2xtya69rpzkb', 'nfts/art', 'Art tokens'],
  ['cat_01m7y2f8t4ecyr2xv3ch90kftj', 'nfts/profile-pictures', 'Profile pictures'],
  ['cat_01m7y2f8t4ecyr2xvdkew33p83', 'nfts/music', 'Music tokens'],
  ['cat_01m7y2f8t4ecyr2xvg054f3b9c', 'nfts/game-items', 'Game items'],
  ['cat_01m7y2f8t4ecyr2xvvvetqydw6', 'nfts/domain-names', 'Domain names'],
  ['cat_01m7y2f8t4ecyr2xw2tqan3985', 'nfts/memberships', 'Memberships'],
  ['cat_01m7y2f8t4ecyr2xwctz4ccza6', 'documents', 'Documents'],
  ['cat_01m7y2f8t4ecyr2xwjv01yxvqn', 'documents/certificates', 'Certificates'],
  ['cat_01m7y2f8t4ecyr2xwwyjdj4jxc', 'documents/contracts', 'Contracts and licences'],
  ['cat_01m7y2f8t4ecyr2xx3dwk38arx', 'documents/deeds', 'Deeds'],
  ['cat_01m7y2f8t4ecyr2xxbm085tx93', 'documents/letters', 'Letters'],
  ['cat_01m7y2f8t4ecyr2xxngjg99tfq', 'documents/invoices', 'Invoices'],
  ['cat_01m7y2f8t4ecyr2xxx0k23zn7w', 'documents/reports', 'Reports'],
  ['cat_01m7y2f8t5ecyr2xy6sdtjyvp3', 'real-things', 'Real things'],
  ['cat_01m7y2f8t5ecyr2xy9gjzj6tfh', 'real-things/real-estate', 'Real estate'],
  ['cat_01m7y2f8t5ecyr2xyhmv1vqrzr', 'real-things/real-estate/residential', 'Residential'],
  ['cat_01m7y2f8t5ecyr2xyym7w17zzf', 'real-things/real-estate/commercial', 'Commercial'],
  ['cat_01m7y2f8t5ecyr2xz1ngvd2vzh', 'real-things/real-estate/land', 'Land'],
  ['cat_01m7y2f8t5ecyr2xzak0bhv4es', 'real-things/vehicles', 'Vehicles'],
  ['cat_01m7y2f8t5ecyr2xzqj4sq8t1n', 'real-things/watches', 'Watches'],
  ['cat_01m7y2f8t5ecyr2xzs24m04hf2', 'real-things/jewellery', 'Jewellery'],
  ['cat_01m7y2f8t5ecyr2y04vqyffs93', 'real-things/fashion', 'Fashion'],
  ['cat_01m7y2f8t5ecyr2y0erqsecbq3', 'real-things/wine-and-spirits', 'Wine and spirits'],
  ['cat_01m7y2f8t5ecyr2y0jhjgj3k3w', 'real-things/musical-instruments', 'Musical instruments'],
  ['cat_01m7y2f8t5ecyr2y0z5a0vtan9', 'real-things/tools', 'Tools and equipment'],
];

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const idOf = new Map(tree.map(([id, path]) => [path, id]));
const rows = tree.map(([id, path, name]) => {
  const steps = path.split('/');
  const parent = idOf.get(steps.slice(0, -1).join('/'));
  const columns = [id, defaultUniverse, steps.at(-1) ?? '', name, path].map(text).join(', ');
  return `(${columns}, ${parent ? text(parent) : 'null'}, ${steps.length}, now(), now())`;
});

/** The default tree of categories. Other universes create their own; operators may change this one. */
export const assets005: Migration = {
  name: '005-default-categories',
  up: [
    `insert into categories (id, universe_id, slug, name, path, parent_id, depth, created_at, updated_at)
      values ${rows.join(',\n')}`,
  ],
};
