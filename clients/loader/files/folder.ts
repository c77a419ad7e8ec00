import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileBytesAtMost, Findings } from './found.ts';

/** The files below a folder, in the order of their paths. Links are not followed: their targets are elsewhere. */
export async function filesIn(root: string): Promise<Findings> {
  const findings = new Findings();
  const walk = async (below: string): Promise<void> => {
    const names = (await readdir(join(root, below))).toSorted();
    for (const name of names) {
      const path = below === '' ? name : `${below}/${name}`;
      const file = join(root, path);
      const found = await lstat(file);
      if (found.isSymbolicLink()) findings.fault(path, 'symlink', 'Links are not followed.');
      else if (found.isDirectory()) await walk(path);
      else if (!found.isFile()) findings.fault(path, 'not_a_file', 'This is neither a file nor a folder.');
      else {
        const admitted = findings.admit(path);
        if (admitted === null) continue;
        if (found.size > fileBytesAtMost)
          findings.fault(
            path,
            'too_big',
            `A file may have at most ${fileBytesAtMost} bytes; this one has ${found.size}.`,
          );
        else findings.files.push({ path: admitted, file, size: found.size });
      }
    }
  };
  await walk('');
  return findings;
}
