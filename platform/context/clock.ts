/** The clock of the house. Tests set it; deadlines are decided by the database's clock, never by this one. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };
