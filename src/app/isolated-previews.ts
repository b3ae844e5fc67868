/** Entry of the process that reads messages for people who look at them (preview-reader.ts). */
import { serveIsolated } from '../platform/isolated-entry.ts';
import { previewOperations } from '../preview/preview-operations.ts';

serveIsolated(previewOperations());
