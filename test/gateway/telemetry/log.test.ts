import { expect, test } from 'vitest';
import { hashOf, logOperation, newRecord } from '../../../gateway/http/record.ts';
import { Strangers } from '../../../gateway/documents/strangers.ts';
import { anonymous } from '../../../platform/context/actor.ts';
import { createLog } from '../../../platform/telemetry/log.ts';

test('what an operation is found by is not hidden as a secret is', () => {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({}, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  const hash = hashOf('{ serverTime }');
  logOperation(log, { ...newRecord(), kind: 'query', hash }, null, { requestId: 'r1' });
  new Strangers(log).note(hash, { actor: anonymous('main'), program: 'shop 1', userAgent: null }, 'ran');
  expect(lines).toMatchObject([
    { document: hash, requestId: 'r1' },
    { document: hash, client: 'shop 1' },
  ]);
  expect(JSON.stringify(lines)).not.toContain('[redacted]');
});
