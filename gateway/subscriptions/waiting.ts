import { mostUndelivered } from './flow.ts';
import type { Frame } from './frame.ts';

/** The queue of events for one subscriber. */
export class Waiting {
  private frames: Frame[] = [];
  private bytes = 0;

  get length(): number {
    return this.frames.length;
  }

  get first(): Frame | undefined {
    return this.frames[0];
  }

  /** Whether too many events or bytes wait. A single event never is too much. Unshared streams wait in their OS instead. */
  isTooMuch(bytesAtMost: number): boolean {
    return this.length > mostUndelivered || (this.length > 1 && this.bytes > bytesAtMost);
  }

  add(frame: Frame): void {
    this.frames.push(frame);
    this.bytes += frame.bytes();
  }

  /** Removes the waiting event with the same key, if there is one; `held` stays. */
  replaced(by: Frame, key: readonly string[], held: Frame | null): Frame | null {
    const wanted = by.keyAt(key);
    // Events without a key are not compared.
    const place =
      wanted === null ? -1 : this.frames.findIndex((frame) => frame !== held && frame.keyAt(key) === wanted);
    const [old = null] = place < 0 ? [] : this.frames.splice(place, 1);
    this.bytes -= old?.bytes() ?? 0;
    return old;
  }

  shift(): void {
    this.bytes -= this.frames.shift()?.bytes() ?? 0;
  }

  /** Empties the queue and returns its events. */
  clear(): readonly Frame[] {
    const { frames } = this;
    this.frames = [];
    this.bytes = 0;
    return frames;
  }
}
