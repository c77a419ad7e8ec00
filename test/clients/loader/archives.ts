import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { crc32, deflateRawSync } from 'node:zlib';
import { pack } from 'tar-stream';

export interface Packed {
  name: string;
  bytes?: Uint8Array;
  encrypted?: boolean;
  /** The target of a symbolic link. */
  linkname?: string;
}

/** A ZIP archive with any names and flags, including ones that no program would write. */
export function zipOf(entries: readonly Packed[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const { name, bytes = Buffer.alloc(0), encrypted = false, linkname } of entries) {
    const plain = linkname === undefined ? Buffer.from(bytes) : Buffer.from(linkname);
    const packed = deflateRawSync(plain);
    const title = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(encrypted ? 1 : 0, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(plain), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(plain.length, 18);
    common.writeUInt16LE(title.length, 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, title, packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(linkname === undefined ? 0 : 0o120_777 * 65_536, 6);
    rest.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from('PK\u0001\u0002'), Buffer.from([20, 3]), common, rest, title]));
    bodies.push(local);
    at += local.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...bodies, index, end]);
}

export async function tarOf(entries: readonly Packed[]): Promise<Buffer> {
  const tar = pack();
  const whole = buffer(tar);
  for (const { name, bytes = Buffer.alloc(0), linkname } of entries) {
    if (linkname === undefined) {
      const entry = tar.entry({ name, size: bytes.length });
      entry.end(Buffer.from(bytes));
      await once(entry, 'close');
    } else tar.entry({ name, type: 'symlink', linkname });
  }
  tar.finalize();
  return whole;
}
