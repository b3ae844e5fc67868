/** What runs inside the process that checks and fills templates (template-engine.ts). */
import { serveIsolated } from '../platform/isolated-entry.ts';
import { templateOperations } from '../template/template-operations.ts';

serveIsolated(templateOperations());
