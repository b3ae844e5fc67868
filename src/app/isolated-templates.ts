/** Entry of the process that checks and renders templates (template-engine.ts). */
import { serveIsolated } from '../platform/isolated-entry.ts';
import { templateOperations } from '../template/template-operations.ts';

serveIsolated(templateOperations());
