/** The engine of templates with its operations in this process: the same code without a child. */
import { systemClock } from '../../src/platform/clock.ts';
import type { IsolatedProcess } from '../../src/platform/isolated-process.ts';
import type { IsolatedResult } from '../../src/platform/isolated-result.ts';
import { silentLog } from '../../src/platform/log.ts';
import { createTemplateEngine, type TemplateEngine } from '../../src/template/template-engine.ts';
import { templateOperations } from '../../src/template/template-operations.ts';

export function engineInProcess(): TemplateEngine {
  const operations = templateOperations() as unknown as Record<string, (input: unknown) => unknown>;
  const process: IsolatedProcess = {
    run: (operation, input) =>
      Promise.resolve({ kind: 'done', value: operations[operation]?.(input) } as IsolatedResult<never>),
    stop: () => Promise.resolve(),
  };
  return createTemplateEngine({ process, clock: systemClock, log: silentLog });
}
