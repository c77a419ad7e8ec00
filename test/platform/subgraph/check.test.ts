import { Field, ID, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { Reads, Restricted, Writes } from '../../../platform/access/declare.ts';
import { definePermissions } from '../../../platform/access/permission.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import { fact } from '../../../platform/facts/fact.ts';
import { on } from '../../../platform/facts/reactions.ts';
import { buildSubgraph } from '../../../platform/subgraph/build.ts';
import { defineSubgraph, type Subgraph, type SubgraphOptions } from '../../../platform/subgraph/subgraph.ts';
import type { AnyClass } from '../../../platform/declare/any-class.ts';
import { Counter, counterAdded, counterCreated, counters, CounterType } from '../fixtures/counters.ts';
import { countersSubgraph } from '../fixtures/counters.subgraph.ts';
import { echoesSubgraph } from '../fixtures/echoes.subgraph.ts';

const done = fact('tiny.thing.done', 'Something was done.', z.object({}));
const description = 'A root.';

@Resolver()
class Fine {
  @Reads('public')
  @Query(() => String, { description })
  tinyThing(): string {
    return '';
  }
}

function tiny(options: Partial<SubgraphOptions>): Subgraph {
  return defineSubgraph({
    name: 'tiny',
    title: 'Tiny',
    description: 'x',
    ...options,
    resolvers: [Fine, ...(options.resolvers ?? [])],
  });
}

@Resolver()
class Undeclared {
  @Query(() => String, { description })
  tinyOpen(): string {
    return '';
  }
}

@Resolver()
class DeclaredAsOther {
  @Reads('public')
  @Mutation(() => String, { description })
  tinyWrong(): Run<string> {
    return run(async () => Promise.resolve(''));
  }
}

@Resolver()
class Undescribed {
  @Reads('public')
  @Query(() => String)
  tinySilent(): string {
    return '';
  }
}

@Resolver()
class UnknownPermission {
  @Reads('tiny.thing.see')
  @Query(() => String, { description })
  tinySecret(): string {
    return '';
  }
}

@Resolver()
class NoRoot {
  @Reads('public')
  tinyNothing(): string {
    return '';
  }
}

function mutation(tells: Parameters<typeof Writes>[1] | undefined): AnyClass {
  class Told {
    tinyDo(): Run<string> {
      return run(async () => Promise.resolve(''));
    }
  }
  const property = Object.getOwnPropertyDescriptor(Told.prototype, 'tinyDo') as PropertyDescriptor;
  Writes('public', tells as never)(Told.prototype, 'tinyDo', property);
  Mutation(() => String, { description })(Told.prototype, 'tinyDo', property);
  Resolver()(Told);
  return Told;
}

@ObjectType('Report')
class BareReport {
  @Field(() => ID)
  id!: string;
}

@ObjectType('Policy')
class BarePolicy {
  @Field(() => ID)
  id!: string;
}

@ObjectType('TinyRestricted')
class RestrictedNonNull {
  @Restricted('self', () => true)
  @Field(() => String)
  secret!: string;
}

@ObjectType('TinyRestrictedAway')
class RestrictedUnprinted {
  @Field(() => ID)
  id!: string;

  @Restricted('self', () => true)
  hidden!: string;
}

const faults: [string, Partial<SubgraphOptions>][] = [
  ['Query.tinyOpen declares no permission: put @Reads, @Writes or @Streams on it', { resolvers: [Undeclared] }],
  [
    'Mutation.tinyWrong declares no permission: put @Reads, @Writes or @Streams on it',
    { resolvers: [DeclaredAsOther] },
  ],
  ['Query.tinySilent has no description', { resolvers: [Undescribed] }],
  ['Query.tinySecret names an undeclared permission "tiny.thing.see"', { resolvers: [UnknownPermission] }],
  ['tinyNothing declares a permission but is no root field', { resolvers: [NoRoot] }],
  [
    'the permission "other.thing.see" is not written os.noun.verb',
    { permissions: definePermissions({ 'other.thing.see': { sentence: 'See.' } }) },
  ],
  [
    'the permission "tiny.see" is not written os.noun.verb',
    { permissions: definePermissions({ 'tiny.see': { sentence: 'See.' } }) },
  ],
  ['tinyDo says neither which facts it tells nor why it is silent', { resolvers: [mutation(undefined)] }],
  ['tinyDo is silent without a reason', { resolvers: [mutation({ silent: 'why' })] }],
  ['tinyDo tells no fact: say { silent: reason }', { resolvers: [mutation({ facts: [] })] }],
  ['tinyDo tells "tiny.thing.done", which the OS does not list', { resolvers: [mutation({ facts: [done] })] }],
  ['the type name "Report" is too bare: put the OS\'s noun before it', { types: [BareReport] }],
  ['the type name "Policy" is too bare: put the OS\'s noun before it', { types: [BarePolicy] }],
  ['TinyRestricted.secret is restricted and so must be nullable', { types: [RestrictedNonNull] }],
  ['TinyRestrictedAway.hidden is restricted but not printed', { types: [RestrictedUnprinted] }],
  ['the noun Counter is not printed: list its type in `types`', { nouns: [counters] }],
  ['the fact "counters.counter.added" is not written os.noun.participle', { facts: [counterAdded] }],
  [
    'the reaction itself listens to the OS itself: call the service instead',
    { facts: [done], reactions: [on([done], 'itself', () => Promise.resolve())] },
  ],
  [
    'the fact "tiny.thing.done" is declared twice: rename one of them',
    { facts: [done, fact('tiny.thing.done', 'Something else was done.', z.object({}))] },
  ],
  [
    'the reaction twin is declared twice: rename one of them',
    { reactions: [counterCreated, counterAdded].map((told) => on([told], 'twin', () => Promise.resolve())) },
  ],
  ['it stores entities but has no migrations', { entities: [Counter] }],
];

test.each(faults)('the boot stops because %s', (sentence, options) => {
  expect(() => buildSubgraph(tiny(options))).toThrow(`The OS "tiny" cannot start:\n`);
  expect(() => buildSubgraph(tiny(options))).toThrow(`\n- ${sentence}`);
});

test('all faults are reported at once', () => {
  const build = (): unknown => buildSubgraph(tiny({ resolvers: [Undeclared, Undescribed], entities: [Counter] }));
  expect(build).toThrow(/tinyOpen declares no permission.*\n.*tinySilent has no description.*\n.*no migrations/);
});

test('an OS without faults is built, and its noun may be called Policy', () => {
  expect(buildSubgraph(tiny({})).sdl).toContain('tinyThing');
  for (const subgraph of [countersSubgraph, echoesSubgraph]) expect(buildSubgraph(subgraph).sdl).toContain('@link');
  expect(
    buildSubgraph(
      defineSubgraph({ name: 'policy', title: 'Policies', description: 'x', resolvers: [Fine], types: [BarePolicy] }),
    ).sdl,
  ).toContain('type Policy');
  expect(CounterType.name).toBe('CounterType');
});

test('the contract tags each field that is not public', () => {
  const { sdl } = buildSubgraph(countersSubgraph);
  expect(sdl).toMatch(/secret: String[^\n]*@tag\(name: "self"\)/);
  expect(sdl).toMatch(/counterMine: Counter[^\n]*@tag\(name: "self"\)/);
  expect(sdl).toContain('[counters] A counter by its id.');
  expect(sdl).toMatch(/type Counter[^{]*@key\(fields: "id"\)/);
});

test('an OS that names an audience for what it does not print cannot start', () => {
  const audiences = { 'Query.tinyThing': ['operator'], 'Query.tinyThings': ['operator'], Tiny: ['agent'] } as const;
  expect(() => buildSubgraph(tiny({ audiences }))).toThrow(
    /cannot start:\n- its audiences have Query\.tinyThings, which it does not print\n- its audiences have Tiny, which/,
  );
});
