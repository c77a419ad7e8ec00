import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { gatewayVariables, readConfig } from '../gateway/config.ts';
import * as programs from '../platform/config/environment.ts';
import { variables } from '../platform/config/variables.ts';

const declared = { ...variables.shape, ...gatewayVariables.shape };

/** The lines of the README's table of variables: name, default, meaning. */
function table(): string[][] {
  const readme = readFileSync(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8');
  const [, section = ''] = readme.split('\n## Configuration\n');
  const [text = ''] = section.split('\n## ');
  const lines = text.split('\n').filter((line) => /^\| `[A-Z]/.test(line));
  return lines.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

function lineOf(name: string, shape: z.ZodType): string[] {
  const { description = '', byDefault } = shape.meta() ?? {};
  const { success, data } = shape.safeParse(undefined);
  const isPlain = success && (typeof data === 'number' || (typeof data === 'string' && data !== ''));
  return [`\`${name}\``, typeof byDefault === 'string' ? byDefault : isPlain ? `\`${data}\`` : '–', description];
}

/** The variables that a program asks its environment for. */
function namesRead(read: (env: Record<string, string | undefined>) => unknown): string[] {
  const names = new Set<string>();
  const given: Record<string, string> = { DATABASE_URL: 'postgres://db', ROUTER_SECRET: 'x'.repeat(32) };
  read(
    new Proxy(given, {
      get: (env, name) => {
        names.add(String(name));
        return env[String(name)];
      },
    }),
  );
  return [...names];
}

test("the README's table of variables matches the declarations", () => {
  const expected = Object.entries(declared).map(([name, shape]) => lineOf(name, shape));
  const sorted = (lines: string[][]): string[][] => lines.toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1));
  expect(sorted(table())).toEqual(sorted(expected));
});

test('every variable has a meaning and is declared once', () => {
  const mute = Object.entries(declared).filter(([, shape]) => !shape.meta()?.description);
  expect(mute.map(([name]) => name)).toEqual([]);
  expect(Object.keys(gatewayVariables.shape).filter((name) => name in variables.shape)).toEqual([]);
});

test('programs read all declared variables and no others', () => {
  const read = new Set([
    ...namesRead((env) => readConfig(env, [])),
    ...Object.values(programs).flatMap((program) => namesRead(program)),
  ]);
  expect([...read].toSorted()).toEqual(Object.keys(declared).toSorted());
});

test('a program reads its own variables and no others', () => {
  expect(namesRead(programs.readMigrateConfig)).toEqual(['DATABASE_URL']);
  expect(namesRead(programs.readServeConfig)).not.toContain('CORS_ORIGINS');
  expect(namesRead((env) => readConfig(env, []))).not.toContain('IDENTITY_URL');
});
