import { expect, test } from 'vitest';
import type { Readiness } from '../../gateway/http/health.ts';
import { welcome } from '../../gateway/welcome.ts';

const waiting = (...waitingFor: string[]): Readiness => ({ ready: false, status: 'waiting', waitingFor });
const ready: Readiness = { ready: true, status: 'ready', waitingFor: [] };

async function printed(answers: Readiness[]): Promise<string[]> {
  const texts: string[] = [];
  const readiness = () => Promise.resolve(answers.shift() ?? ready);
  await welcome({ url: 'http://127.0.0.1:4000', readiness }, null, (text) => texts.push(text), 0);
  return texts;
}

test('a gateway whose subgraphs answer is ready at once', async () => {
  const texts = await printed([ready]);
  expect(texts).toHaveLength(1);
  expect(texts[0]).toMatch(/^\nEnsemble is ready\.\n\n {2}GraphiQL/);
});

test('a gateway prints which subgraphs it waits for, and that it is ready once all answer', async () => {
  const texts = await printed([waiting('hub', 'shelves'), waiting('hub', 'shelves'), waiting('shelves'), ready]);
  expect(texts[0]).toMatch(/^\nEnsemble waits for hub, shelves\.\n\n {2}GraphiQL/);
  expect(texts.slice(1)).toEqual(['Ensemble waits for shelves.\n', 'Ensemble is ready.\n']);
});

test('a gateway that is stopped while it waits does not become ready', async () => {
  const texts = await printed([waiting('hub'), { ready: false, status: 'draining', waitingFor: [] }]);
  expect(texts.join('')).not.toContain('ready.');
});
