import { GraphQLError } from 'graphql';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import {
  Conflict,
  Expired,
  Forbidden,
  Invalid,
  NotFound,
  TooMany,
  Unauthenticated,
  Unavailable,
  type EnsembleError,
} from '../../../platform/errors/errors.ts';
import { formatError, variablePath } from '../../../platform/errors/format.ts';
import { createLog } from '../../../platform/telemetry/log.ts';

const said: string[] = [];
const log = createLog(
  {},
  new Writable({ write: (chunk: Buffer, _encoding, next) => (said.push(chunk.toString()), next()) }),
);
const format = (originalError: Error): ReturnType<typeof formatError> =>
  formatError(new GraphQLError(originalError.message, { originalError, path: ['counterAdd'] }), 'counters', log);

test.each<[EnsembleError, string, boolean]>([
  [new Unauthenticated(), 'UNAUTHENTICATED', false],
  [new Forbidden(), 'FORBIDDEN', false],
  [new NotFound(), 'NOT_FOUND', false],
  [new Invalid('x'), 'INVALID', false],
  [new Conflict('x'), 'CONFLICT', false],
  [new TooMany('x', { retryAfter: 3 }), 'TOO_MANY', true],
  [new Expired('x'), 'EXPIRED', false],
  [new Unavailable('x', { retryAfter: 0 }), 'UNAVAILABLE', true],
])('%s keeps its message and has its code', (error, code, retryable) => {
  const { retryAfter } = error.details;
  expect(format(error)).toEqual({
    message: error.message,
    path: ['counterAdd'],
    extensions: { code, os: 'counters', retryable, ...(retryAfter === undefined ? {} : { retryAfter }) },
  });
});

test('at most fifty issues are listed with their paths, the first as the message', () => {
  const issues = Array.from({ length: 60 }, (_, n) => ({ path: ['input', String(n)], code: 'max', message: `${n}` }));
  const { message, extensions } = format(Invalid.of(issues));
  expect(message).toBe('0');
  expect(extensions).toMatchObject({ code: 'INVALID', path: ['input', '0'] });
  expect(extensions?.['issues']).toHaveLength(50);
});

test('any other error is masked by an incident id, which is logged with the cause', () => {
  const answer = format(new Error('relation "counters.marks" does not exist'));
  const incidentId = String(answer.extensions?.['incidentId']);
  expect(answer.extensions).toEqual({ code: 'INTERNAL', os: 'counters', retryable: false, incidentId });
  expect(JSON.stringify(answer)).not.toContain('marks');
  const line = said.find((each) => each.includes(incidentId));
  expect(line).toContain('counters.marks');
});

test('an error of the query itself is INVALID and keeps its message', () => {
  expect(formatError(new GraphQLError('Cannot query field "x".'), 'counters', log)).toEqual({
    message: 'Cannot query field "x".',
    extensions: { code: 'INVALID', os: 'counters', retryable: false },
  });
});

test.each([
  ['Variable "$id" of required type "ID!" was not provided.', ['id']],
  ['Variable "$i" got invalid value "abc" at "i.amount.amount"; Not a decimal number: abc', ['i', 'amount', 'amount']],
  ['Variable "$i" got invalid value {  }; Field "title" of required type "String!" was not provided.', ['i', 'title']],
  [
    'Variable "$i" got invalid value { x: 1 } at "i.lines[3]"; Field "x" is not defined by type "LineInput".',
    ['i', 'lines', '3', 'x'],
  ],
  ['Variable "$i" got invalid value { x: "; Field \\"y\\" is not defined by type " }; It is no text.', ['i']],
])('an invalid variable has the path of its field: %s', (message, path) => {
  expect(variablePath(message)).toEqual(path);
});
