import type { RequestInfo } from '../../platform/context/request.ts';

/** One completed event, made once for all members of the stream. */
export interface Frame {
  /** The number of the event in the stream; members that joined later do not receive it. */
  readonly number: number;
  readonly cursor: string | null;
  /** Number of members that share the work of making it. */
  readonly members: number;
  /** Set if a viewer who has signed in may get more than this. */
  readonly more: More | null;
  /** The result as JSON, serialized once, when first used. */
  payload(): string;
  /** Bytes of the payload. */
  bytes(): number;
}

/** How a viewer gets what everybody's frame leaves out. */
export interface More {
  /** Everything up to this cursor came before the event; null if that is not known. */
  readonly before: string | null;
  /** Completes the event for one viewer; null if the event itself depends on the viewer, whose own stream then has it. */
  readonly frameFor: ((info: RequestInfo) => Promise<Frame>) | null;
}

/** `printed` makes the payload. */
export function frameOf(
  place: Pick<Frame, 'number' | 'cursor' | 'members'> & { more?: More | null },
  printed: () => string,
): Frame {
  // Released once the text exists, with everything it refers to: frames wait in memory.
  let print: (() => string) | null = printed;
  let json = '';
  let size: number | undefined;
  const payload = (): string => {
    if (print) json = print();
    print = null;
    return json;
  };
  return { more: null, ...place, payload, bytes: () => (size ??= Buffer.byteLength(payload())) };
}
