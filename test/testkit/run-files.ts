import type { TestProject } from 'vitest/node';

/** The test files of a run, by the patterns of the command line. */
export async function filesOfRun(project: TestProject): Promise<string[]> {
  // Vitest has the command line's patterns here, though not in its types.
  const { filenamePattern } = project.vitest as { filenamePattern?: string[] };
  return (await project.globTestFiles(filenamePattern)).testFiles;
}
