import { Duplex } from 'node:stream';
import type { Engine } from './engine.ts';

/**
 * The socket through which a `pg.Client` speaks to the embedded database. `pg` corks the stream while it writes the
 * messages of one query, so `_writev` gets them together, and a write is called done when its answer has come: the
 * stream's own queue then keeps one exchange in flight and the rest in order.
 */
export class EngineStream extends Duplex {
  readonly #engine: Pick<Engine, 'exchange'>;

  constructor(engine: Pick<Engine, 'exchange'>) {
    super({ decodeStrings: true, allowHalfOpen: false });
    this.#engine = engine;
  }

  /** What `pg` calls on a socket. There is no address: the engine is open already. */
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
