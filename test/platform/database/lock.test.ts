import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { DataFolderLocked, lockDataFolder } from '../../../platform/database/embedded/lock.ts';
import { removeFolder, throwawayFolder } from '../../testkit/throwaway.ts';

const folder = throwawayFolder('lock');
const path = join(folder, 'lock');
afterAll(() => removeFolder(folder));

const reports: string[] = [];
const lock = (): { release(): void } => lockDataFolder(folder, (message) => reports.push(message));
/** Writes a live lock of this process with changes. */
const leave = (changes: object): void => {
  const own = lock();
  const content = JSON.parse(readFileSync(path, 'utf8')) as object;
  own.release();
  writeFileSync(path, JSON.stringify({ ...content, token: 'left', ...changes }));
};

beforeEach(() => {
  rmSync(path, { force: true });
  reports.length = 0;
});

test('a lock is held until released, and leaves no file', () => {
  const held = lock();
  expect(lock).toThrow(DataFolderLocked);
  expect(lock).toThrow(`process ${process.pid}`);
  held.release();
  held.release();
  lock().release();
  expect(readdirSync(folder)).toEqual(['owner.json']);
  expect(reports).toEqual([]);
});

describe('a stale lock is taken over with a message', () => {
  test('if its process is gone', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    const pid = child.pid;
    await once(child, 'exit');
    leave({ pid });
    lock().release();
    expect(reports).toEqual([expect.stringMatching(`from process ${pid} .*that process has ended`)]);
  });

  test.skipIf(process.platform !== 'linux').each([
    ['its process id is reused', { startTime: '1' }, 'now belongs to another process'],
    ['the machine was restarted', { bootId: 'another' }, 'rebooted'],
  ])('if %s', (_when, changes, message) => {
    leave(changes);
    lock().release();
    expect(reports).toEqual([expect.stringContaining(message)]);
  });

  test('if it cannot be read', () => {
    writeFileSync(path, '');
    lock().release();
    expect(reports).toEqual([expect.stringContaining('cannot be read')]);
    expect(readdirSync(folder)).toEqual(['owner.json']);
  });

  test('even if another takeover was killed midway', () => {
    leave({ startTime: null, pid: 2 ** 22 + 1 });
    writeFileSync(`${path}.takeover`, readFileSync(path));
    lock().release();
    expect(reports).toHaveLength(2);
    expect(readdirSync(folder)).toEqual(['owner.json']);
  });
});

test('without /proc a running process id is enough to hold it', () => {
  leave({ startTime: null, bootId: null, pidNamespace: null, pid: process.ppid });
  expect(lock).toThrow(`process ${process.ppid}`);
});

test.skipIf(process.platform !== 'linux')("another container's lock holds while its heartbeat continues", () => {
  leave({ pidNamespace: 'pid:[1]', pid: 1 });
  expect(lock).toThrow(DataFolderLocked);
  const old = new Date(Date.now() - 16_000);
  utimesSync(path, old, old);
  lock().release();
  expect(reports).toEqual([expect.stringContaining('another container')]);
});
