export type { Document, TypedDocument } from './document.ts';
export { GraphError } from './error.ts';
export { Graph, type AskOptions, type GraphOptions, type SubscribeOptions } from './graph.ts';
export type { Change, Kept, KeepOptions, KeptState } from './keep.ts';
export type { Connection } from './live.ts';
export type { Session, Tokens, TokenStore } from './session.ts';
