import { mostUndelivered } from './flow.ts';
import type { Frame } from './share.ts';

/** Events that wait for one subscriber, in order. */
export class Waiting {
  private frames: Frame[] = [];
  private bytes = 0;

  get length(): number {
    return this.frames.length;
  }

  get first(): Frame | undefined {
    return this.frames[0];
  }

  /** Whether more waits than may: events, or bytes. A single one is no matter of waiting. What goes at our pace waits in its OS. */
  isTooMuch(bytesAtMost: number): boolean {
    return this.length > mostUndelivered || (this.length > 1 && this.bytes > bytesAtMost);
  }

  add(frame: Frame): void {
    this.frames.push(frame);
    this.bytes += frame.bytes();
  }

  shift(): void {
    this.bytes -= this.frames.shift()?.bytes() ?? 0;
  }

  /** Lets all of them go, and answers which they were. */
  clear(): readonly Frame[] {
    const { frames } = this;
    this.frames = [];
    this.bytes = 0;
    return frames;
  }
}
