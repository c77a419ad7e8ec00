/** Any class: TypeGraphQL and the ORM identify types by their classes. */
export type AnyClass = abstract new (...args: never[]) => unknown;
