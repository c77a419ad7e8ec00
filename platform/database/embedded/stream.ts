import { Duplex } from 'node:stream';
import type { Engine } from './engine.ts';

/**
 * The socket between a `pg.Client` and the embedded database. `pg` corks the stream while it writes the messages of a query, so `_writev` gets
 * them together. A write is done when its answer has arrived, so the stream's own queue keeps one exchange in flight and the rest in order.
 */
export class EngineStream extends Duplex {
  readonly #engine: Pick<Engine, 'exchange'>;

  constructor(engine: Pick<Engine, 'exchange'>) {
    super({ decodeStrings: true, allowHalfOpen: false });
    this.#engine = engine;
  }

  /** Called by `pg`. There is nothing to connect to: the engine is already open. */
  connect(): this {
    process.nextTick(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#exchange(chunk, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error) => void): void {
    this.#exchange(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  #exchange(bytes: Buffer, done: (error?: Error) => void): void {
    this.#engine.exchange(
      bytes,
      (answer) => this.push(Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength)),
      done,
    );
  }
}
