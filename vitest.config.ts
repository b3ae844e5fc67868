import { configDefaults, defineConfig } from 'vitest/config';
import { LONG_TESTS } from './test/support/long-tests.ts';
import { STRIPPED_ONCE } from './test/support/stripped-sources.ts';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Small files that take long: begun first, so that no processor waits for them at the end. */
const LONG = ['e2e/life-cycle.test.ts', 'conformance/store/sqlite.test.ts', 'e2e/webhooks.test.ts'];

/** Files that share a process one after the other, so that the sources are loaded once and not for each. */
const IN_ONE_PROCESS = ['unit', 'ui', 'http', 'cli', 'fuzz', 'corpus'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONG.findIndex((name) => moduleId.endsWith(`/test/${name}`));
      return at < 0 ? LONG.length : at;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    exclude: [...configDefaults.exclude, ...LONG_TESTS],
    pool: 'forks',
    reporters: ['default', './test/support/failures-last.ts'],
    ...STRIPPED_ONCE,
    sequence: { sequencer: LongFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 3,
    projects: [
      { extends: true, test: { name: 'in one process', include: IN_ONE_PROCESS, isolate: false } },
      {
        extends: true,
        test: {
          name: 'each in its own',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...LONG_TESTS, ...IN_ONE_PROCESS],
        },
      },
    ],
  },
});
