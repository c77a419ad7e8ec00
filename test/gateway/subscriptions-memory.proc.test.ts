import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { programFlags } from '../testkit/processes.ts';

test.each([
  ['in the same process', []],
  ['in another process', ['--remote']],
])(
  'with the subgraph %s, opening and dropping ten thousand subscriptions grows the heap by at most a twentieth beyond the first thousand',
  async (_where, flags) => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--expose-gc',
      ...programFlags,
      'test/gateway/world/memory.ts',
      ...flags,
    ]);
    const measured = JSON.parse(stdout) as { before: number; after: number; growth: number; open: unknown };
    expect(measured.open).toEqual({ sockets: 0, responses: 0, subscriptions: 0, streams: 0 });
    expect(measured.growth).toBeLessThan(0.05);
  },
  120_000,
);
