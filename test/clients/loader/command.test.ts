import { afterEach, expect, test, vi } from 'vitest';
import { graphCommand, unfinished, type Undertaking } from '../../../clients/loader/command.ts';
import { LoaderFault } from '../../../clients/loader/fault.ts';
import { ConnectionLost, GraphError } from '../../../clients/loader/graph/errors.ts';

afterEach(() => vi.unstubAllEnvs());

test.each([
  ['4400', 4400],
  ['', 4000],
  ['0', 4000],
  ['abc', 4000],
])('with PORT=%s in the environment the graph is expected at port %i', (port, expected) => {
  vi.stubEnv('PORT', port);
  const url = `http://127.0.0.1:${expected}/graphql`;
  expect(graphCommand('works').opts()).toMatchObject({ url });
  const other = 'https://graph.example.org/graphql';
  expect(graphCommand('works').parse(['--url', other], { from: 'user' }).opts()).toMatchObject({ url: other });
});

const refused = (code: string, retryable: boolean): GraphError =>
  new GraphError('No.', { code, retryable, retryAfter: null, limit: null, requestId: null, incidentId: null });

test.each([
  ['Ctrl-C', null, true, true],
  ['a lost connection', new ConnectionLost('gone'), false, true],
  ['a busy graph', refused('TOO_MANY', true), false, true],
  ['a missing file', new LoaderFault('There is no file .data/operator.json.'), false, false],
  ['a refusal', refused('FORBIDDEN', false), false, false],
])('after %s a run says "Run it again" only if that can help', (_what, failure, isLeaving, helps) => {
  const leaving = new AbortController();
  if (isLeaving) leaving.abort();
  const run = { leaving, failure } as Undertaking;
  expect(unfinished(run, 'It is not finished.', 'nothing is done twice.')).toBe(
    `It is not finished.${helps ? ' Run it again: nothing is done twice.' : ''}\n`,
  );
});
