import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type ServerKind, startThrowaway } from './throwaway-server.ts';

/** A server whose process runs this code in its folder; `port` is set. It is ready once it listens. */
function serverOf(code: string): { kind: ServerKind; folders: string[]; ports: number[] } {
  const folders: string[] = [];
  const ports: number[] = [];
  const kind: ServerKind = {
    kind: 'testkit',
    title: 'test server',
    command(folder, port) {
      folders.push(folder);
      ports.push(port);
      return [process.execPath, '-e', `const port = ${port}, fs = require('node:fs');\n${code}`, folder];
    },
    isReady: async (port) => (await fetch(`http://127.0.0.1:${port}/`)).ok,
    startLimitMs: 60_000,
    endSignal: 'SIGTERM',
  };
  return { kind, folders, ports };
}

const listen = "require('node:http').createServer((_, response) => response.end('here')).listen(port, '127.0.0.1');";

test('a server that finds its port taken starts on another one, in the same folder', async () => {
  const { kind, folders, ports } = serverOf(`
    if (fs.existsSync('tried')) { ${listen} } else {
      fs.writeFileSync('tried', '');
      console.error('bind: Address already in use');
      process.exitCode = 1;
    }`);
  const server = await startThrowaway(kind);
  expect(ports).toHaveLength(2);
  expect(new Set(folders).size).toBe(1);
  expect(server.port).toBe(ports[1]);
  await server.stop();
  expect(existsSync(folders[0] ?? '')).toBe(false);
});

test('a server that fails for another reason fails at once, with the end of its log, and leaves no folder', async () => {
  const { kind, folders } = serverOf("console.error('no such option'); process.exitCode = 1;");
  await expect(startThrowaway(kind)).rejects.toThrow('The throwaway test server did not start:\nno such option');
  expect(folders).toHaveLength(1);
  expect(existsSync(folders[0] ?? '')).toBe(false);
});

test('after a restart the server is at the same port with the same folder, and a stopped one cannot be restarted', async () => {
  const { kind, folders, ports } = serverOf(listen);
  const server = await startThrowaway(kind);
  await server.restart(() => expect(kind.isReady(server.port)).rejects.toThrow());
  expect(await kind.isReady(server.port)).toBe(true);
  expect([new Set(folders).size, new Set(ports).size]).toEqual([1, 1]);
  await server.stop();
  await expect(kind.isReady(server.port)).rejects.toThrow();
  await expect(server.restart()).rejects.toThrow('The test server has been stopped.');
});
