import 'reflect-metadata';
import { ArrayMaxSize, MaxLength } from 'class-validator';
import { Directive, Field, ID, InputType, Int } from 'type-graphql';
import { DateTime, LocalDate } from '../scalars/scalars.ts';
import { weights } from './weights.ts';

/** Longest text to compare with; an index entry cannot hold more. */
const textAtMost = 1000;
/** Values of one `in`. */
const inAtMost = 500;
/** Values of one `hasAny` or `hasAll`: each is a separate index look-up. */
const listAtMost = 50;

@InputType('TextFilter', {
  description: 'Conditions on a text; all of them must match. `contains` and `startsWith` ignore case.',
})
export class TextFilter {
  @Field(() => String, {
    nullable: true,
    description: 'Equal to this text, case and accents included; at most 1,000 characters.',
  })
  @MaxLength(textAtMost)
  eq?: string;

  @Field(() => [String], { nullable: true, description: 'Equal to any of these texts; at most 500.' })
  @ArrayMaxSize(inAtMost)
  @MaxLength(textAtMost, { each: true })
  in?: string[];

  @Directive(`@cost(weight: ${weights.contains})`)
  @Field(() => String, {
    nullable: true,
    description:
      'Contains this text anywhere; case is ignored. Compares all texts one by one and costs accordingly: `search` finds words with an index.',
  })
  @MaxLength(textAtMost)
  contains?: string;

  @Field(() => String, {
    nullable: true,
    description: 'Begins with this text; case is ignored; at most 1,000 characters.',
  })
  @MaxLength(textAtMost)
  startsWith?: string;

  @Field(() => Boolean, { nullable: true, description: 'True: there is no value. False: there is one.' })
  isNull?: boolean;
}

@InputType('IDFilter', { description: 'Conditions on an id; all of them must match.' })
export class IDFilter {
  @Field(() => ID, { nullable: true, description: 'Equal to this id.' })
  @MaxLength(40)
  eq?: string;

  @Field(() => [ID], { nullable: true, description: 'Equal to any of these ids; at most 500.' })
  @ArrayMaxSize(inAtMost)
  @MaxLength(40, { each: true })
  in?: string[];

  @Field(() => Boolean, { nullable: true, description: 'True: there is no value. False: there is one.' })
  isNull?: boolean;
}

@InputType('IntFilter', { description: 'Conditions on a whole number; all of them must match.' })
export class IntFilter {
  @Field(() => Int, { nullable: true, description: 'Equal to this number.' })
  eq?: number;

  @Field(() => [Int], { nullable: true, description: 'Equal to any of these numbers; at most 500.' })
  @ArrayMaxSize(inAtMost)
  in?: number[];

  @Field(() => Int, { nullable: true, description: 'At least this number.' })
  gte?: number;

  @Field(() => Int, { nullable: true, description: 'Less than this number.' })
  lt?: number;

  @Field(() => Boolean, { nullable: true, description: 'True: there is no value. False: there is one.' })
  isNull?: boolean;
}

@InputType('DateTimeFilter', { description: 'A half-open range of time: from `gte` up to but not including `lt`.' })
export class DateTimeFilter {
  @Field(() => DateTime, { nullable: true, description: 'At this time or later.' })
  gte?: Date;

  @Field(() => DateTime, { nullable: true, description: 'Before this time.' })
  lt?: Date;

  @Field(() => Boolean, { nullable: true, description: 'True: there is no value. False: there is one.' })
  isNull?: boolean;
}

@InputType('DateFilter', { description: 'A half-open range of dates: from `gte` up to but not including `lt`.' })
export class DateFilter {
  @Field(() => LocalDate, { nullable: true, description: 'On this date.' })
  @MaxLength(10)
  eq?: string;

  @Field(() => LocalDate, { nullable: true, description: 'On this date or later.' })
  @MaxLength(10)
  gte?: string;

  @Field(() => LocalDate, { nullable: true, description: 'Before this date.' })
  @MaxLength(10)
  lt?: string;

  @Field(() => Boolean, { nullable: true, description: 'True: there is no value. False: there is one.' })
  isNull?: boolean;
}

@InputType('TextListFilter', {
  description: 'Conditions on a list of texts; all of them must match. Case and accents count.',
})
export class TextListFilter {
  @Field(() => [String], { nullable: true, description: 'The list contains at least one of these; at most 50.' })
  @ArrayMaxSize(listAtMost)
  @MaxLength(textAtMost, { each: true })
  hasAny?: string[];

  @Field(() => [String], { nullable: true, description: 'The list contains all of these; at most 50.' })
  @ArrayMaxSize(listAtMost)
  @MaxLength(textAtMost, { each: true })
  hasAll?: string[];
}
