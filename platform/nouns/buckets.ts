import 'reflect-metadata';
import { registerEnumType } from 'type-graphql';

/** Names only: JavaScript accepts offsets such as +01:00 as time zones, but Postgres reads them with the opposite sign. */
export const zonePattern = /^[A-Za-z][A-Za-z0-9_+-]{0,30}(\/[A-Za-z0-9_+-]{1,30}){0,2}$/;
export const zoneSentence = 'timeZone must be an IANA time zone such as "Europe/Zurich"';

export const TimeUnit = {
  HOUR: 'HOUR',
  DAY: 'DAY',
  WEEK: 'WEEK',
  MONTH: 'MONTH',
  QUARTER: 'QUARTER',
  YEAR: 'YEAR',
  DECADE: 'DECADE',
  CENTURY: 'CENTURY',
} as const;
export type TimeUnit = keyof typeof TimeUnit;
registerEnumType(TimeUnit, {
  name: 'TimeUnit',
  valuesConfig: {
    HOUR: { description: 'Hours; an hour that the clocks repeat is two buckets.' },
    DAY: { description: 'Calendar days of the time zone.' },
    WEEK: { description: 'Weeks from Monday (ISO 8601).' },
    MONTH: { description: 'Calendar months.' },
    QUARTER: { description: 'Quarters from January, April, July and October.' },
    YEAR: { description: 'Calendar years.' },
    DECADE: { description: 'Decades from years divisible by ten.' },
    CENTURY: { description: 'Centuries from years such as 1901.' },
  },
  description:
    'The width of a time bucket. Weeks begin on Monday (ISO 8601), decades in years divisible by ten, centuries in the year after (1901).',
});

/** The width of a bucket as an interval. */
const steps: Record<TimeUnit, string> = {
  HOUR: '1 hour',
  DAY: '1 day',
  WEEK: '1 week',
  MONTH: '1 month',
  QUARTER: '3 months',
  YEAR: '1 year',
  DECADE: '10 years',
  CENTURY: '100 years',
};

/**
 * SQL of the buckets that start between `low` and `high`, both included, and of their number without building them. Hours have a
 * fixed length; longer units are counted in local time of the zone, where a day may have 23 or 25 hours.
 */
export function bucketsBetween(unit: TimeUnit, timeZone: string): { series: string; count: string } {
  const zone = `at time zone '${timeZone}'`;
  const step = `interval '${steps[unit]}'`;
  const series =
    unit === 'HOUR'
      ? `generate_series(low, high, ${step})`
      : `generate_series(date_trunc('${unit.toLowerCase()}', low ${zone}), high ${zone}, ${step}) ${zone}`;
  const years = `(extract(year from high ${zone}) - extract(year from low ${zone}))`;
  const months = `(${years} * 12 + extract(month from high ${zone}) - extract(month from low ${zone}))`;
  const days = `((high ${zone})::date - (low ${zone})::date)`;
  const widths: Record<TimeUnit, string> = {
    HOUR: 'extract(epoch from high - low) / 3600',
    DAY: days,
    WEEK: `${days} / 7`,
    MONTH: months,
    QUARTER: `${months} / 3`,
    YEAR: years,
    DECADE: `${years} / 10`,
    CENTURY: `${years} / 100`,
  };
  return { series, count: `floor(${widths[unit]}) + 1` };
}
