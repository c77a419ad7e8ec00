import { expect, test } from 'vitest';
import { Waiting } from '../../../clients/loader/report.ts';

test('each reason for waiting is reported once, even if two alternate', () => {
  const said: string[] = [];
  const { told } = new Waiting((text) => said.push(text));
  for (let n = 0; n < 3; n++) {
    told(new Error('The graph does not answer.'), 250);
    told(new Error(`Too fast (TOO_MANY, request ${n})`), 1000);
  }
  expect(said).toEqual([
    'The graph does not answer. Trying again in 0.3 s.',
    'Too fast (TOO_MANY, request 0) Trying again in 1.0 s.',
  ]);
});
