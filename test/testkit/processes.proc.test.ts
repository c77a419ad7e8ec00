import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { freePort, startCommand, startProcess } from './processes.ts';
import { isRunning } from './throwaway.ts';

const parent = fileURLToPath(new URL('fixtures/parent.ts', import.meta.url));

function start(manner = 'plain') {
  return startProcess(parent, { args: [manner] });
}

test('a process is stopped by SIGTERM and reports how it ended', async () => {
  const program = start();
  const [, port] = await program.line(/on port (\d+)/);
  expect(port).toBe('4711');
  expect(await program.stop()).toEqual({ code: 3, signal: null });
  expect(program.stdout).toContain('asked to end');
  expect(program.stderr).toBe('a line of stderr\n');
});

test('a process that ignores SIGTERM is killed', async () => {
  const program = start('stubborn');
  await program.line('listening');
  expect(await program.stop(200)).toEqual({ code: null, signal: 'SIGKILL' });
});

test('killing a process also kills its children', async () => {
  const program = start();
  const [, child] = await program.line(/child (\d+)/);
  expect(isRunning(Number(child))).toBe(true);
  expect(await program.kill()).toEqual({ code: null, signal: 'SIGKILL' });
  await expect.poll(() => isRunning(Number(child))).toBe(false);
});

test('leaving the scope of an `await using` ends the process', async () => {
  let pid = 0;
  {
    await using program = start();
    await program.line('listening');
    ({ pid } = program);
  }
  expect(isRunning(pid)).toBe(false);
});

test('waiting for a line fails with the output if the process ends without it', async () => {
  const program = start('failing');
  await expect(program.line('never said')).rejects.toThrow(/ended \(code 2\)[^]*a line of stderr/);
});

test('waiting for a line fails with the output after the limit', async () => {
  await using program = start();
  await program.line('listening');
  await expect(program.line('never said', 50)).rejects.toThrow(/within 50 ms[^]*listening on port/);
});

test('a program reads its input and runs under the Node of the tests', async () => {
  const program = startCommand(
    [process.execPath, '-e', 'process.stdin.pipe(process.stdout); console.error(process.version)'],
    {
      input: 'some input',
    },
  );
  expect(await program.ended()).toEqual({ code: 0, signal: null });
  expect(program.stdout).toBe('some input');
  expect(program.stderr.trim()).toBe(process.version);
});

test('a missing program is an error at once', () => {
  expect(() => startCommand(['/nonexistent/program'])).toThrow('There is no /nonexistent/program');
});

test('a free port can be listened on', async () => {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  expect(server.listening).toBe(true);
  server.close();
});
