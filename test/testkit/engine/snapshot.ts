/**
 * The state of a PGlite between two messages: its memory and its files. As WebAssembly it has no other state except loaded libraries,
 * which `worker.ts` checks. Erasable TypeScript only: Node loads this file by stripping its types.
 */

/** A file, folder or device of Emscripten's file system in memory. */
interface Node {
  name: string;
  mode: number;
  /** Bytes of a file (null if none yet), or entries of a folder. */
  contents?: Uint8Array | Record<string, Node> | null;
  usedBytes?: number;
  pipe?: { buckets: { offset: number; roffset: number }[] };
  /** The next node with the same name hash. */
  name_next?: Node;
}

interface Stream {
  node: Node;
  shared: object;
}

interface FileSystem {
  root: Node;
  nameTable: (Node | undefined)[];
  streams: (Stream | null | undefined)[];
  isDir(mode: number): boolean;
  isFile(mode: number): boolean;
}

/** The parts of a program that Emscripten exposes. */
export interface Program {
  readonly HEAPU8: Uint8Array;
  readonly ___stack_pointer: { value: number };
  readonly FS: FileSystem;
}

/** Memory is compared in pieces of this many bytes: most of it is never used. */
const PIECE = 64 * 1024;
const zeros = new Uint8Array(PIECE);

const bytesOf = (node: Node): Uint8Array => {
  const { contents, usedBytes = 0 } = node;
  return contents instanceof Uint8Array ? contents.subarray(0, usedBytes) : zeros.subarray(0, 0);
};

export class Snapshot {
  readonly #program: Program;
  readonly #stack: number;
  /** The non-empty pieces of the memory, by offset. */
  readonly #pieces = new Map<number, Uint8Array>();
  readonly #nodes: { node: Node; was: Node }[] = [];
  readonly #pipes: Node['pipe'][] = [];
  readonly #names: FileSystem['nameTable'];
  readonly #streams: { stream: Stream | null | undefined; was: object; shared: object }[];

  constructor(program: Program) {
    const { HEAPU8, FS } = program;
    this.#program = program;
    this.#stack = program.___stack_pointer.value;
    for (let at = 0; at < HEAPU8.length; at += PIECE) {
      const piece = HEAPU8.subarray(at, at + PIECE);
      if (Buffer.compare(piece, zeros) !== 0) this.#pieces.set(at, piece.slice());
    }
    this.#keep(FS.root);
    this.#names = [...FS.nameTable];
    this.#streams = [...FS.streams].map((stream) => {
      if (stream?.node.pipe) this.#pipes.push(stream.node.pipe);
      return { stream, was: { ...stream }, shared: { ...stream?.shared } };
    });
    if (!this.#pipesAreEmpty()) throw new Error('A pipe of the database is not empty.');
  }

  #keep(node: Node): void {
    const { FS } = this.#program;
    const was = { ...node };
    if (FS.isFile(node.mode)) was.contents = bytesOf(node).slice();
    if (FS.isDir(node.mode)) was.contents = { ...(node.contents as Record<string, Node>) };
    this.#nodes.push({ node, was });
    if (FS.isDir(node.mode)) Object.values(node.contents as Record<string, Node>).forEach((each) => this.#keep(each));
  }

  #pipesAreEmpty(): boolean {
    return this.#pipes.every((pipe) => pipe!.buckets.every(({ offset, roffset }) => offset === roffset));
  }

  /** Restores the snapshot; returns false, without a change, if it cannot. */
  restore(): boolean {
    // A pipe is not part of the memory, and nothing reads it between two messages.
    if (!this.#pipesAreEmpty()) return false;
    const { HEAPU8, FS } = this.#program;
    this.#program.___stack_pointer.value = this.#stack;
    for (let at = 0; at < HEAPU8.length; at += PIECE) {
      const piece = HEAPU8.subarray(at, at + PIECE);
      const was = this.#pieces.get(at) ?? zeros;
      if (Buffer.compare(piece, was) !== 0) piece.set(was);
    }
    for (const { node, was } of this.#nodes) {
      const { contents } = was;
      if (contents instanceof Uint8Array) {
        const same = Buffer.compare(bytesOf(node), contents) === 0 ? node.contents : contents.slice();
        Object.assign(node, was, { contents: same });
      } else {
        Object.assign(node, was, contents ? { contents: { ...contents } } : {});
      }
    }
    FS.nameTable.splice(0, FS.nameTable.length, ...this.#names);
    FS.streams.splice(0, FS.streams.length);
    this.#streams.forEach(({ stream, was, shared }, n) => {
      if (stream) Object.assign(Object.assign(stream, was).shared, shared);
      FS.streams[n] = stream;
    });
    return true;
  }
}
