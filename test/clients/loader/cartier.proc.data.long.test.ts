import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testConfig } from '../../testkit/config.ts';
import { removeFolder, throwawayFolder } from '../../testkit/throwaway.ts';
import { openWorld } from '../../testkit/world.ts';
import { modelled, replay, told } from './replays.ts';

test('136 real auctions are replayed: refusals and prices equal the model’s, 116 prices equal the recorded ones, with reserves all', async () => {
  const path = join(testConfig().datasets ?? '', 'ebay-cartier-auctions.csv');
  const folder = throwawayFolder('cartier');
  await using world = await openWorld();
  const { email, password } = await world.operator();
  const by = { url: world.url, email, password, folder };
  for (const [flags, exact] of [
    [[], 116],
    [['--reserve-from-price'], 136],
  ] as const) {
    const { json, code } = await replay(by, path, ...flags, '--lots', '16');
    const { accepted: _, ...expected } = modelled(path, flags.length > 0);
    expect(told(json)).toEqual(expected);
    expect({ code, lots: json.lots, exact: json.exact }).toEqual({ code: 0, lots: 136, exact });
  }
  removeFolder(folder);
}, 600_000);
