import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  assertNoTransaction,
  assertOutside,
  guardOutsideCalls,
  insideTransaction,
  openTransaction,
  OutsideCallInTransaction,
  SecondConnectionInTransaction,
} from '../../../platform/database/guard.ts';

let served = 0;
const server = createServer((_request, response) => {
  served++;
  response.end('ok');
});
let url = '';
let unguard = (): void => {};
beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  unguard = guardOutsideCalls();
});
afterAll(() => {
  unguard();
  server.closeAllConnections();
  server.close();
});

test('an HTTP call inside an open transaction fails and is never sent', async () => {
  const before = served;
  await insideTransaction('lotPlace', async () => {
    await expect(request(url)).rejects.toThrow(OutsideCallInTransaction);
    await expect(fetch(url)).rejects.toMatchObject({ cause: { name: 'OutsideCallInTransaction' } });
  });
  expect(served).toBe(before);
});

test('an HTTP call outside of a transaction goes through', async () => {
  expect(await (await fetch(url)).text()).toBe('ok');
  expect(await (await request(url)).body.text()).toBe('ok');
});

test('an HTTP call left behind by a transaction goes through after its end', async () => {
  const left = await insideTransaction('lotPlace', async () => ({ call: sleep(20).then(() => fetch(url)) }));
  expect((await left.call).status).toBe(200);
});

test('the errors name the transaction and say what to do', async () => {
  await insideTransaction('lotPlace', async () => {
    expect(() => assertOutside('the mailer')).toThrow(/"lotPlace" is open, and the mailer was called.*job/);
    expect(() => assertNoTransaction('a second connection')).toThrow(/"lotPlace" is open.*ctx\.em/);
  });
});

test('a transaction inside a transaction is refused', async () => {
  await insideTransaction('outer', async () => {
    await expect(insideTransaction('inner', async () => undefined)).rejects.toThrow(SecondConnectionInTransaction);
  });
});

test('a transaction is over when its function rejects', async () => {
  let left: (() => string | null) | undefined;
  const failing = insideTransaction('failing', async () => {
    expect(openTransaction()).toBe('failing');
    left = openTransaction;
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(left?.()).toBeNull();
});
