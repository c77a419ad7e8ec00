import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startProcess } from '../testkit/processes.ts';

test('the main thread of a working gateway loads no planner', async () => {
  await using program = startProcess(fileURLToPath(new URL('./fixtures/packages.ts', import.meta.url)));
  const [, printed = ''] = await program.line(/^(\{"answer".*\})$/m);
  const { answer, loaded } = JSON.parse(printed) as { answer: string; loaded: string[] };
  // It was planned: the error is that its OS is unavailable.
  expect(answer).toContain('"os":"hub"');
  const heavy = ['composition', 'federation-internals', 'gateway', 'query-graphs', 'query-planner'];
  expect(loaded.filter((name) => heavy.some((each) => name.endsWith(`/${each}`)))).toEqual([]);
});
