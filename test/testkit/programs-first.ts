import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Runs files that start programs or browsers first, since they take longest: a long file at the end would leave the other workers idle. Among
 * the others, Vitest runs those first that took longest in the last run, or are largest.
 */
export class ProgramsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const startsPrograms = ({ moduleId }: TestSpecification): boolean => /\.(proc|browser)\./.test(moduleId);
    return [...sorted.filter(startsPrograms), ...sorted.filter((file) => !startsPrograms(file))];
  }
}
