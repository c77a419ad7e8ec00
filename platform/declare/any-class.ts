/** A class of whatever it makes: TypeGraphQL and the ORM know types by their classes. */
export type AnyClass = abstract new (...args: never[]) => unknown;
